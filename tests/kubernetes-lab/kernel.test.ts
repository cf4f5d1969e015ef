import { expect, test } from "@jest/globals";
import { hierarchiesIn, mountsBelow, openFilesLimit } from "../../lab/kubernetes/kernel";
import { resultsOf } from "../../lab/kubernetes/leftovers";

test("hierarchies of control groups of both versions are found among the mounts", () => {
  const mounts = [
    "proc /proc proc rw 0 0",
    "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0",
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
  ].join("\n");
  expect(hierarchiesIn(mounts)).toEqual([
    { root: "/sys/fs/cgroup/memory", version: 1 },
    { root: "/sys/fs/cgroup/unified", version: 2 },
  ]);
});

test("mounts below a folder come deepest first, those beside it not at all", () => {
  const line = (mount: string): string => `36 35 98:0 / ${mount} rw,noatime - ext3 /dev/root rw`;
  const mountinfo = ["/", "/lab", "/lab/a", "/lab/a/b\\040c", "/lab-other/d"].map(line).join("\n");
  expect(mountsBelow("/lab", `${mountinfo}\n`)).toEqual(["/lab/a/b c", "/lab/a"]);
});

test.each([
  ["Max open files            1024                 20000                files", 20_000],
  ["Max open files            1024                 unlimited            files", 1_000_000],
])("the kubelet asks for no more open files than it may have: %s", (line, limit) => {
  expect(openFilesLimit(`Limit Soft Limit\n${line}\n`)).toBe(limit);
});

test("of CNI's results the lab's are found: by network, and the loopbacks of its pods", () => {
  const names = [
    "hms-lab-pods-aaa-eth0",
    "cni-loopback-aaa-lo",
    "cni-loopback-bbb-lo",
    "cni-loopback-ccc-lo",
    "x-ccc-eth0",
  ];
  expect(resultsOf(["bbb"], names)).toEqual([
    "hms-lab-pods-aaa-eth0",
    "cni-loopback-aaa-lo",
    "cni-loopback-bbb-lo",
  ]);
});
