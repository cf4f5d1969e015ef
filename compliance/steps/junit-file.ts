/** What a JUnit XML file says: how many tests ran, and which failed. */
import { XMLParser } from "fast-xml-parser";

/** What ran. */
export interface JunitSummary {
  /** Those that were skipped don't count. */
  readonly tests: number;
  /** Their names. */
  readonly failed: readonly string[];
}

type Element = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseAttributeValue: false,
  parseTagValue: false,
  isArray: (name) => ["testsuite", "testcase"].includes(name),
});

/**
 * Reads the file's text.
 *
 * @param text undefined when it was not written
 * @returns what ran, or the rest of a sentence that begins with the file's name
 */
export function readJunit(text: string | undefined): JunitSummary | { readonly fault: string } {
  if (text === undefined) {
    return {
      fault:
        "was not written by the tests, or is in the commit already. Let the tests write it, or remove junit from pipeline.yml.",
    };
  }
  // Entities of its own are what bombs are made of; JUnit has no use for them.
  if (/<!DOCTYPE/i.test(text)) {
    return { fault: "has a DOCTYPE. Write it without one." };
  }
  try {
    const document = parser.parse(text, true) as Element;
    if (document["testsuites"] === undefined && document["testsuite"] === undefined) {
      return { fault: "is no JUnit XML: it has no testsuite." };
    }
    const cases = casesIn(document).filter((one) => one["skipped"] === undefined);
    const failed = cases.filter((one) => one["failure"] !== undefined || one["error"] !== undefined);
    return { tests: cases.length, failed: failed.map(nameOf) };
  } catch {
    return { fault: "is no XML. Look at what the tests write." };
  }
}

/** The test cases of a document, a suite, or a suite of suites. */
function casesIn(element: Element): Element[] {
  const below = [element["testsuites"], element["testsuite"]].flat().filter(isElement);
  const own = [element["testcase"]].flat().filter((one) => one !== undefined);
  return [...own.map((one) => (isElement(one) ? one : {})), ...below.flatMap(casesIn)];
}

const isElement = (value: unknown): value is Element => typeof value === "object" && value !== null;

function nameOf(one: Element): string {
  const { "@classname": suite, "@name": name } = one as { "@classname"?: string; "@name"?: string };
  return (
    [suite, name].filter((part) => part !== undefined && part !== "").join(": ") || "a test without a name"
  );
}
