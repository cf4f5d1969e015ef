import { execa } from "execa";
import { expect, test } from "@jest/globals";
import { quote, quoteForRsync } from "../../core/quote";

const words = ["plain-word", "two words", "it's", "$HOME", ""];

test("a shell takes words as they are", async () => {
  const { stdout } = await execa("sh", ["-c", `printf '<%s>' ${quote(words)}`]);
  expect(stdout).toBe(words.map((word) => `<${word}>`).join(""));
});

test("rsync wants quotes doubled, and knows nothing else that a shell does", () => {
  expect(quoteForRsync(["ssh", "-i", "/it's ours/key", "$HOME"])).toBe("ssh -i '/it''s ours/key' '$HOME'");
});
