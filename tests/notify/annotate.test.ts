import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { annotate } from "../../notify/annotate";

let server: http.Server;
let url: string;
let got: { url?: string; body: unknown }[];
let answer: number;

beforeEach(async () => {
  process.env["HMS_TRAIL"] = fs.mkdtempSync(path.join(os.tmpdir(), "hms-notify-"));
  got = [];
  answer = 204;
  server = http.createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      got.push({ url: request.url, body: JSON.parse(text) as unknown });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test("goes to /annotate as text and ts", async () => {
  expect(await annotate(url, { text: "Deploy #2 (fix overflow)", ts: 7 })).toBe(true);
  expect(got).toEqual([{ url: "/annotate", body: { text: "Deploy #2 (fix overflow)", ts: 7 } }]);
});

test("waits while the receiver says no, and goes before the next one, once", async () => {
  answer = 503;
  expect(await annotate(url, { text: "Deploy #1", ts: 1 })).toBe(false);
  answer = 204;
  got = [];
  expect(await annotate(url, { text: "Deploy #2", ts: 2 })).toBe(true);
  expect(got.map(({ body }) => (body as { text: string }).text)).toEqual(["Deploy #1", "Deploy #2"]);
});

test("waits while nobody is there", async () => {
  expect(await annotate("http://127.0.0.1:1", { text: "Deploy #1", ts: 1 })).toBe(false);
});
