import fs from "node:fs";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { receive, type ReceiveOptions } from "../../pipeline/receive";
import { tryLease } from "../../store/lease";
import { queueFolder, requests } from "../../store/queue";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";

let folder: string;
let repository: string;
let taking: number;
beforeEach(() => {
  folder = freshTrail();
  repository = path.join(folder, "..", "service");
  taking = 0;
});

/** Commits a pipeline.yml. Returns the commit's hash. */
async function commit(service: string): Promise<string> {
  const git = (...args: string[]) => execa("git", ["-C", repository, ...args]);
  fs.mkdirSync(repository, { recursive: true });
  await git("init", "--quiet");
  fs.writeFileSync(path.join(repository, "pipeline.yml"), service);
  await git("add", "--all");
  await git("-c", "user.name=T", "-c", "user.email=t@agency.example", "commit", "--quiet", "-m", "s");
  return (await git("rev-parse", "HEAD")).stdout;
}

/** What the pusher reads. */
async function push(hash: string, more: Partial<ReceiveOptions> = {}): Promise<string[]> {
  const said: string[] = [];
  const never = (): never => {
    throw new Error("no log was asked for");
  };
  await receive({
    commit: hash,
    repository,
    pushOptions: [],
    say: (text) => said.push(text),
    onLine: never,
    startTaking: () => {
      taking += 1;
      begin(7);
    },
    ...more,
  });
  return said;
}

/** A run that answers what waits begins, in another process's place. */
const begin = (run: number): void => {
  directoryTrail(folder).append({
    type: "run-started",
    run,
    commit: "c",
    subject: "s",
    trigger: "push",
    requests: requests().map(({ id }) => id),
  });
};

const onPush = "on: push\ntest: npm test\nbundle: [a]\n";
const hourly = 'schedule: "0 * * * *"\ntest: npm test\nbundle: [a]\n';

test("a push is kept, something takes it, and the pusher hears the run's number", async () => {
  const hash = await commit(onPush);
  const tag = hash.slice(0, 7);
  expect(await push(hash)).toEqual([
    expect.stringMatching(
      new RegExp(`^Run #7 of ${tag} has begun\\. Watch it: \\(cd .* && npx hms pipeline watch --run 7\\)$`),
    ),
  ]);
  expect([taking, requests()]).toEqual([
    1,
    [{ id: expect.any(String), at: expect.any(String), commit: hash }],
  ]);
});

test("during a run it is queued behind it", async () => {
  const hash = await commit(onPush);
  begin(3);
  const lease = tryLease(folder);
  if (typeof lease === "string") throw new Error(lease);
  const said = await push(hash, { pushOptions: ["urgent"], startTaking: () => undefined });
  lease.release();
  expect(said).toEqual([
    expect.stringContaining(`${hash.slice(0, 7)} is queued first: run #3 is on. Watch it: `),
  ]);
  expect(requests()).toMatchObject([{ urgent: true }]);
});

test("by a schedule it waits; it says so, and when nobody would take it", async () => {
  const hash = await commit(hourly);
  const waits = expect.stringMatching(
    new RegExp(
      `^${hash.slice(0, 7)} waits for .*:00:00\\.000Z, by the service's schedule \\(0 \\* \\* \\* \\*\\)\\.$`,
    ),
  );
  expect(await push(hash)).toEqual([waits, expect.stringMatching(/^Nobody takes from the queue: start /)]);
  const agent = tryLease(queueFolder());
  if (typeof agent === "string") throw new Error(agent);
  expect(await push(hash)).toEqual([waits]);
  agent.release();
  expect([taking, requests().map(({ schedule }) => schedule)]).toEqual([0, ["0 * * * *", "0 * * * *"]]);
  // An urgent one does not.
  expect(await push(hash, { pushOptions: ["urgent"] })).toEqual([expect.stringMatching(/^Run #7 of /)]);
});

test("another push option is told, and does no harm; neither does a pipeline.yml that can't be read", async () => {
  const hash = await commit("on: [");
  expect(await push(hash, { pushOptions: ["urgnt"] })).toEqual([
    'The push option "urgnt" is unknown, and ignored. Allowed: urgent.',
    expect.stringMatching(/^Run #7 of /),
  ]);
});
