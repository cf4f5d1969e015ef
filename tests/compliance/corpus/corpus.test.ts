import { afterEach, expect, jest, test } from "@jest/globals";
import { scanPaths } from "../../../compliance/content";
import { folderWith, remove } from "../folder";
import { holdOut } from "./hold-out";
import { type Labelled, corpus } from "./index";
import { type Marks, mark } from "./score";

let folder = "";
afterEach(() => {
  jest.useRealTimers();
  remove(folder);
});

async function marksOf(documents: readonly Labelled[]): Promise<Marks> {
  folder = folderWith(Object.fromEntries(documents.map(({ file, content }) => [file, content])));
  const { findings, skipped } = await scanPaths([folder], { workers: 0 });
  expect(skipped).toEqual([]);
  return mark(documents, findings);
}

test("of the corpus nearly all is found, and little else", async () => {
  const documents = corpus();
  expect(documents.length).toBeGreaterThan(300);
  const { whole, rules } = await marksOf(documents);
  expect(whole.precision).toBeGreaterThanOrEqual(0.95);
  expect(whole.recall).toBeGreaterThanOrEqual(0.95);
  expect(
    Object.entries(rules).filter(([, { precision, recall }]) => precision < 0.9 || recall < 0.9),
  ).toEqual([]);
  expect(Object.keys(rules).filter((rule) => !rule.startsWith("secret-"))).toHaveLength(14);
}, 30_000);

test("of texts that were written apart from the detectors, too", async () => {
  const { whole } = await marksOf(corpus(7, holdOut));
  expect(whole.precision).toBeGreaterThanOrEqual(0.95);
  expect(whole.recall).toBeGreaterThanOrEqual(0.95);
}, 30_000);

test("a corpus of the same seed is the same at any time, and one of another is not", () => {
  const first = corpus(1);
  jest.useFakeTimers({ now: Date.now() + 86_400_000 });
  expect(corpus(1)).toEqual(first);
  expect(corpus(1)).not.toEqual(corpus(2));
});
