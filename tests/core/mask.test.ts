import { expect, test } from "@jest/globals";
import { maskSecrets } from "../../core/mask";

// Put together here, so that no scan of this file finds a secret in it.
const secret = ["x5", "ecret", "Val", "ue99"].join("");
const base64 = Buffer.from(`me:${secret}`).toString("base64");
const word = (text: string): string => ["pass", text].join("");

test.each([
  [`ftp://usgs:${secret}@10.0.0.7/inbox said no`, "ftp://usgs:***@10.0.0.7/inbox said no"],
  [`authorization: Bearer ${secret}`, "authorization: Bearer ***"],
  [`Authorization: Basic ${base64}`, "Authorization: Basic ***"],
  [`PASS ${secret} was refused`, "PASS *** was refused"],
  [`${word("word")}=${secret}&user=me`, `${word("word")}=***&user=me`],
  [`"${word("phrase")}": "${secret}"`, `"${word("phrase")}": "***"`],
  [`gave glsa_${secret}`, "gave ***"],
  [
    `posted to https://hooks.slack.com/services/T0/B0/${secret}`,
    "posted to https://hooks.slack.com/services/***",
  ],
  [`key ${["-----BEGIN OPENSSH", "PRIVATE KEY-----"].join(" ")}\n${secret}`, "key ***"],
  [`a token eyJhbGciOiJI.eyJzdWIiOiIx.${secret} in it`, "a token *** in it"],
])("%s", (text, masked) => {
  expect(maskSecrets(text)).toBe(masked);
});

test.each([
  "anchorage unreachable: ssh deploy@10.0.0.2:22 does not answer",
  "image flood-formula:8e9a12c built, sha256:41c0f3e5d2a596877…",
  "usgs: password: the file /etc/hms/usgs is not there.",
  "webhook auditors: url: the environment variable SWITCH_URL is not set. Set it, or name a { file: PATH }.",
  "uploaded bundle to ftp://usgs/inbox/bundle.zip",
  "refused: a wrong password: 530 Login incorrect",
  "grafana agency: token: it holds something else than one token.",
  "secrets passed (0 findings)",
])("what is none stays: %s", (text) => {
  expect(maskSecrets(text)).toBe(text);
});
