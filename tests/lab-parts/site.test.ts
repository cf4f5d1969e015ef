import { expect, test } from "@jest/globals";
import { sites } from "../../lab/layout";
import { sshdSettings } from "../../lab/site";

const lines = sshdSettings(sites[0]).split("\n");

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

test("what accounts may do is said by the line that lets them in, and by nothing else", () => {
  expect(sshdSettings(sites[1])).toMatch(/\nMatch User \*,!root\n {2}AllowTcpForwarding yes\n/);
});
