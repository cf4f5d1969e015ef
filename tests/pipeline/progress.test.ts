import { expect, test } from "@jest/globals";
import type { Progress } from "../../core/transfer";
import { telling } from "../../pipeline/progress";

const at = (bytes: number, bytesPerSecond = 100_000): Progress => ({
  bytes,
  total: 10_000_000,
  bytesPerSecond,
});

function told() {
  const lines: string[] = [];
  let now = 0;
  const tell = telling({
    progress: (text) => lines.push(`kept ${text}`),
    live: (text) => lines.push(`live ${text}`),
    seconds: () => now,
  });
  return {
    lines,
    tell: (seconds: number, transfers: Record<string, Progress>) => {
      now = seconds;
      lines.length = 0;
      tell(new Map(Object.entries(transfers)));
      return [...lines];
    },
  };
}

test("each transfer has a line now and then, and all of them have one at each moment", () => {
  const { tell } = told();
  expect(tell(2, { anchorage: at(200_000) })).toEqual([
    "live anchorage: 2 %, 200 KB of 10 MB, 100 KB/s, 1 min left",
    "kept anchorage: 2 %, 200 KB of 10 MB, 100 KB/s, 1 min left",
  ]);
  expect(tell(3, { anchorage: at(3_000_000), mississippi: at(100_000) })).toEqual([
    "live anchorage: 30 %, 3.0 MB of 10 MB, 100 KB/s, 1 min left\nmississippi: 1 %, 100 KB of 10 MB, 100 KB/s, 1 min left",
    "kept mississippi: 1 %, 100 KB of 10 MB, 100 KB/s, 1 min left",
  ]);
  expect(tell(12, { anchorage: at(3_000_000) })).toEqual([
    "live anchorage: 30 %, 3.0 MB of 10 MB, 100 KB/s, 1 min left",
    "kept anchorage: 30 %, 3.0 MB of 10 MB, 100 KB/s, 1 min left",
  ]);
});

test("what did not change is not drawn again, and the end clears it, once", () => {
  const { tell } = told();
  tell(2, { anchorage: at(200_000) });
  expect(tell(3, { anchorage: at(200_000) })).toEqual([]);
  expect(tell(4, {})).toEqual(["live "]);
  expect(tell(5, {})).toEqual([]);
});
