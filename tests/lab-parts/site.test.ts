import { expect, test } from "@jest/globals";
import { sites } from "../../lab/layout";
import { sshdSettings } from "../../lab/site";

const lines = sshdSettings(sites[0], false).split("\n");

test("a site's sshd listens on the site's address alone, takes keys alone, and is no way in", () => {
  expect(lines.filter((line) => line.startsWith("ListenAddress"))).toEqual(["ListenAddress 10.77.1.2:22"]);
  expect(lines).toEqual(
    expect.arrayContaining([
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "AllowTcpForwarding no",
      "AllowStreamLocalForwarding no",
      "UsePAM no",
    ]),
  );
});

test("a session finds the site's engine", () => {
  expect(lines.filter((line) => line.startsWith("SetEnv"))).toEqual([
    expect.stringMatching(
      /^SetEnv DOCKER_HOST=unix:\/\/\/var\/lib\/hms-lab\/hosts\/mississippi\/docker\.sock PATH=/,
    ),
  ]);
});

test("where root's password is locked, PAM decides", () => {
  expect(sshdSettings(sites[1], true)).toContain("\nUsePAM yes\n");
});
