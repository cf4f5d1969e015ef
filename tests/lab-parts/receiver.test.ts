import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Kept, receiverServer } from "../../lab/receiver-server";

let folder: string;
let server: Server;
let url: string;

async function listen(): Promise<void> {
  server = receiverServer(folder);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const close = (): Promise<void> =>
  new Promise((done) => {
    server.closeAllConnections();
    server.close(() => {
      done();
    });
  });
beforeEach(async () => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), "hms-receiver-")), "requests");
  await listen();
});
afterEach(async () => {
  await close();
  rmSync(path.dirname(folder), { recursive: true });
});

const post = async (where: string, body: string): Promise<number> =>
  (await fetch(`${url}${where}`, { method: "POST", body, headers: { "x-kind": "test" } })).status;
const requests = async (): Promise<Kept[]> => (await (await fetch(`${url}/requests`)).json()) as Kept[];

test("everything that is sent is kept as it came, in its order", async () => {
  expect(await post("/annotate?a=1", '{"text":"Deploy #2"}')).toBe(204);
  expect(await post("/events", "not JSON: ü")).toBe(204);
  expect(await requests()).toMatchObject([
    {
      method: "POST",
      path: "/annotate?a=1",
      body: '{"text":"Deploy #2"}',
      status: 204,
      headers: { "x-kind": "test" },
    },
    { method: "POST", path: "/events", body: "not JSON: ü", status: 204 },
  ]);
  expect(readdirSync(folder)).toEqual(["000001.json", "000002.json"]);
  expect(JSON.parse(readFileSync(path.join(folder, "000002.json"), "utf8"))).toMatchObject({
    path: "/events",
  });
});

test("it goes on counting after a restart", async () => {
  await post("/events", "1");
  await close();
  writeFileSync(path.join(folder, "000002.json.part"), "half a req");
  await listen();
  await post("/events", "2");
  expect((await requests()).map(({ body }) => body)).toEqual(["1", "2"]);
});

test("it fails as often as it is told to, and keeps those requests, too", async () => {
  expect(await post("/_fail", '{"times": 2}')).toBe(204);
  const statuses = [await post("/events", "1"), await post("/events", "2"), await post("/events", "3")];
  expect(statuses).toEqual([503, 503, 204]);
  expect((await requests()).map(({ status }) => status)).toEqual([503, 503, 204]);
});

test.each(["", "{}", '{"times": -1}', '{"times": "2"}'])("it can't be told to fail by %j", async (body) => {
  expect(await post("/_fail", body)).toBe(400);
  expect(await post("/events", "")).toBe(204);
});

test("a request without end is refused", async () => {
  expect(await post("/events", "x".repeat(5 * 1024 * 1024))).toBe(413);
  expect(await requests()).toEqual([]);
});
