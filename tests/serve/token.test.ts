/** Tokens in files, wrong ones, and sessions. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { makeGate, readToken, sessionSeconds } from "../../serve/token";

const token = "0123456789abcdef0123456789abcdef";
let file: string;

beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-token-")), "token");
});
const write = (text: string, mode: number): void => {
  fs.writeFileSync(file, text);
  fs.chmodSync(file, mode);
};

describe("a token file", () => {
  test("is read, without its last line break", () => {
    write(`${token}\n`, 0o600);
    expect(readToken(file)).toBe(token);
    fs.chmodSync(file, 0o400);
    expect(readToken(file)).toBe(token);
  });
  test.each([0o640, 0o604, 0o660])("that others may read is refused: %o", (mode) => {
    write(token, mode);
    expect(() => readToken(file)).toThrow(
      `The token file ${file} has mode 0${mode.toString(8)}: others may read it. Run "chmod 600 ${file}", and make another token if they have.`,
    );
  });
  test("that is missing, or holds no good word, is refused", () => {
    expect(() => readToken(file)).toThrow(
      /can't be read \(ENOENT.*\)\. Make one: \(umask 077; openssl rand -hex 32 > FILE\)/,
    );
    write("short", 0o600);
    expect(() => readToken(file)).toThrow(`The token in ${file} is no word of at least 20 characters.`);
    write("two words that are long enough", 0o600);
    expect(() => readToken(file)).toThrow("is no word");
  });
});

describe("a gate", () => {
  let now: number;
  beforeEach(() => {
    now = 1_000_000;
  });
  test("after five wrong tokens, an address waits a minute, also with the right one; others don't", () => {
    const gate = makeGate(token, () => now);
    const tries = Array.from({ length: 5 }, () => gate.judge("wrong", "10.0.0.1"));
    expect(tries).toEqual(Array(5).fill("wrong"));
    expect(gate.judge(token, "10.0.0.1")).toBe("too-often");
    expect(gate.judge(token, "10.0.0.2")).toBe("right");
    now += 59_000;
    expect(gate.judge(token, "10.0.0.1")).toBe("too-often");
    now += 1_001;
    expect(gate.judge(token, "10.0.0.1")).toBe("right");
  });
  test("nothing but the whole token is right", () => {
    const gate = makeGate(token, () => now);
    for (const given of ["", token.slice(1), `${token}x`]) expect(gate.judge(given, given)).toBe("wrong");
  });
  test("a session is good for its time, at its own server, and as it was given", () => {
    const gate = makeGate(token, () => now);
    const session = gate.session();
    expect(gate.isSession(session)).toBe(true);
    expect(makeGate(token, () => now).isSession(session)).toBe(false);
    const [until = "", mac = ""] = session.split(".");
    expect(gate.isSession(`${String(Number(until) + 1)}.${mac}`)).toBe(false);
    expect(gate.isSession(`${until}.${"0".repeat(64)}`)).toBe(false);
    for (const none of ["", ".", token, `${session}0`]) expect(gate.isSession(none)).toBe(false);
    now += sessionSeconds * 1000;
    expect(gate.isSession(session)).toBe(false);
  });
});
