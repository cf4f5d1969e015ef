import { describe, expect, test } from "@jest/globals";
import { knownHostsLine, login, rsyncLogin, sshArgv } from "../../core/ssh";

const settings = {
  host: "10.0.0.2",
  sshPort: 22,
  user: "deploy",
  privateKeyFile: undefined,
  dialTimeoutSeconds: 5,
  stallTimeoutSeconds: 15,
};

describe("a line that hangs", () => {
  const limit = (stallTimeoutSeconds: number): number => {
    const argv = sshArgv({ ...settings, stallTimeoutSeconds }, "known").join(" ");
    const option = (name: string): number => Number(new RegExp(`${name}=(\\d+)`).exec(argv)?.[1]);
    // ssh gives up when one more than the maximum would go out.
    return option("ServerAliveInterval") * (option("ServerAliveCountMax") + 1);
  };
  test.each([2, 3, 5, 10, 15, 60, 600])("is found out about after %d seconds, or little more", (seconds) => {
    expect(limit(seconds)).toBeGreaterThanOrEqual(seconds);
    expect(limit(seconds)).toBeLessThanOrEqual(seconds + 2);
  });
});

describe("an IPv6 address", () => {
  const site = { ...settings, host: "fd00::2" };
  test("has brackets where rsync reads it, and none where ssh does", () => {
    expect([rsyncLogin(site), login(site)]).toEqual(["deploy@[fd00::2]", "deploy@fd00::2"]);
  });
  test("is pinned as ssh looks it up", () => {
    expect(knownHostsLine(site, "ssh-ed25519 AAAA me")).toBe("fd00::2 ssh-ed25519 AAAA\n");
    expect(knownHostsLine({ ...site, sshPort: 2222 }, "ssh-ed25519 AAAA me")).toBe(
      "[fd00::2]:2222 ssh-ed25519 AAAA\n",
    );
  });
});
