import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Body, Entry } from "../../core/entry";
import { answerTo, mostBreaks, nextOf, type Request } from "../../core/queue";

const at = (time: string): string => `2026-11-24T${time}:00.000Z`;
const request = (commit: string, more: Partial<Request> = {}): Request => ({
  id: `id-${commit}`,
  commit,
  at: at("10:05"),
  ...more,
});
const now = new Date(at("10:30"));

describe("what ships next", () => {
  test("nothing, where nothing waits", () => {
    expect(nextOf([], now)).toEqual({ kind: "nothing" });
  });
  test("the latest of all that waits, which covers the others", () => {
    expect(nextOf([request("a"), request("b"), request("c")], now)).toEqual({
      kind: "run",
      commit: "c",
      covers: ["a", "b"],
      requests: ["id-a", "id-b", "id-c"],
      pushedAt: "2026-11-24T10:05:00.000Z",
      trigger: "push",
      urgent: false,
    });
  });
  test("a commit that was pushed twice covers nothing by that", () => {
    const twice = [request("a"), request("b"), request("a", { id: "again" })];
    expect(nextOf(twice, now)).toMatchObject({
      commit: "a",
      covers: ["b"],
      requests: ["id-a", "id-b", "again"],
    });
  });
  test("an urgent one first, with what came before it; what came after it waits for its own run", () => {
    const waiting = [request("a"), request("b", { urgent: true }), request("c")];
    expect(nextOf(waiting, now)).toMatchObject({
      commit: "b",
      covers: ["a"],
      requests: ["id-a", "id-b"],
      urgent: true,
    });
  });
  test("by a schedule: all of the window when it comes, and not before", () => {
    const schedule = "0 * * * *";
    const waiting = [request("a", { schedule }), request("b", { schedule, at: at("10:29") })];
    expect(nextOf(waiting, now)).toEqual({ kind: "wait", until: new Date(at("11:00")), schedule });
    expect(nextOf(waiting, new Date(at("11:00")))).toMatchObject({
      commit: "b",
      covers: ["a"],
      trigger: "schedule",
    });
  });
  test("a window that nobody was awake for is made up for", () => {
    const schedule = "0 * * * *";
    expect(nextOf([request("a", { schedule })], new Date(at("15:20")))).toMatchObject({ commit: "a" });
  });
  test("an urgent one waits for no schedule, and takes along what did", () => {
    const schedule = "0 * * * *";
    const waiting = [request("a", { schedule }), request("b", { schedule, urgent: true })];
    expect(nextOf(waiting, now)).toMatchObject({ commit: "b", covers: ["a"], trigger: "push" });
  });
  test("as the latest commit's own pipeline.yml says", () => {
    const waiting = [request("a", { schedule: "0 * * * *" }), request("b")];
    expect(nextOf(waiting, now)).toMatchObject({ commit: "b", covers: ["a"] });
  });
  test("whatever comes, each request is answered once, and the last run ships the latest", () => {
    const pushes = fc.array(fc.record({ commit: fc.constantFrom("a", "b", "c"), urgent: fc.boolean() }));
    fc.assert(
      fc.property(pushes, (list) => {
        let left = list.map((each, n) => request(each.commit, { id: String(n), urgent: each.urgent }));
        const answered: string[] = [];
        let last = "";
        for (let next = nextOf(left, now); next.kind === "run"; next = nextOf(left, now)) {
          const { requests, covers, commit } = next;
          expect(covers).not.toContain(commit);
          answered.push(...requests);
          last = commit;
          left = left.filter(({ id }) => !requests.includes(id));
        }
        expect(answered).toEqual(list.map((_, n) => String(n)));
        expect(last).toBe(list.at(-1)?.commit ?? "");
      }),
    );
  });
});

describe("how far a request is, by the trail", () => {
  const trail = (...bodies: Body[]): Entry[] =>
    bodies.map((body, n) => ({ number: n + 1, previous: "", time: "", by: "", body }));
  const started = (run: number): Body => ({
    type: "run-started",
    run,
    commit: "a",
    subject: "s",
    trigger: "push",
    requests: ["x"],
  });
  const broken = (run: number): Body => ({ type: "run-broke-off", run, why: "w" });
  const finished = (run: number): Body => ({
    type: "run-finished",
    run,
    exitCode: 1,
    targets: {},
    stages: {},
  });

  test("it waits until a run takes it, and is answered when that has ended, also by a refusal", () => {
    expect(answerTo(trail(), "x")).toEqual({ state: "waits" });
    expect(answerTo(trail(started(4)), "x")).toEqual({ state: "running", run: 4 });
    expect(answerTo(trail(started(4), finished(4)), "x")).toEqual({ state: "answered", run: 4 });
    expect(answerTo(trail(started(4), finished(4)), "y")).toEqual({ state: "waits" });
  });
  test("after a run that was killed, the next one's end answers it", () => {
    expect(answerTo(trail(started(4), started(5)), "x")).toEqual({ state: "running", run: 5 });
    expect(answerTo(trail(started(4), started(5), finished(5)), "x")).toEqual({ state: "answered", run: 5 });
  });
  test("a run that broke off is tried again, and not without end", () => {
    const breaks = (count: number): Body[] =>
      Array.from({ length: count }, (_, n) => [started(n + 1), broken(n + 1)]).flat();
    expect(answerTo(trail(...breaks(mostBreaks - 1)), "x")).toMatchObject({ state: "waits" });
    expect(answerTo(trail(...breaks(mostBreaks)), "x")).toMatchObject({ state: "answered" });
  });
});
