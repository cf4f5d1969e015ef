import { expect, test } from "@jest/globals";
import { hosts, ownAddresses, ranges } from "../../lab/layout";
import { leakIn } from "../../lab/leaks";
import { addressIn, fenceRules, inHost, isWithin, overlap } from "../../lab/network";

test("a command runs in a host's network by nsenter, which leaves /sys alone", () => {
  expect(inHost("anchorage", "ip", "addr")).toEqual([
    "nsenter",
    "--net=/run/netns/hms-anchorage",
    "ip",
    "addr",
  ]);
});

test("addresses are counted from either end of a range", () => {
  expect(addressIn("10.77.128.0/18", 1)).toBe("10.77.128.1");
  expect(addressIn("10.77.128.0/18", 8192)).toBe("10.77.160.0");
  expect(addressIn("10.77.128.0/18", -2)).toBe("10.77.191.254");
});

test("a range holds what it holds, and no more", () => {
  expect(isWithin("10.77.64.0/18", "10.77.127.255")).toBe(true);
  expect(isWithin("10.77.64.0/18", "10.77.128.0")).toBe(false);
  expect(isWithin("0.0.0.0/0", "203.0.113.9")).toBe(true);
  expect(overlap("10.77.0.0/18", "10.77.1.0/24")).toBe(true);
  expect(overlap("10.77.1.0/24", "10.0.0.0/8")).toBe(true);
  expect(overlap("10.77.0.0/18", "10.78.0.0/16")).toBe(false);
  expect(overlap("10.77.0.0/18", "default")).toBe(false);
});

test("all of the lab's addresses lie in the range that the fence is about", () => {
  const { services, ...own } = ranges;
  expect(Object.values(own).every((range) => overlap(ownAddresses, range))).toBe(true);
  expect(overlap(ownAddresses, services)).toBe(false);
  expect(
    hosts.every(({ address, gateway }) => [address, gateway].every((each) => isWithin(ranges.hosts, each))),
  ).toBe(true);
});

test("the fence lets the lab's addresses reach each other, and nobody else either way", () => {
  expect(fenceRules(["eth0", "wlan0"]).map((rule) => rule.join(" "))).toEqual([
    "priority 7701 from 10.77.0.0/16 to 10.77.0.0/16 lookup main",
    "priority 7702 from 10.77.0.0/16 to 10.96.0.0/16 lookup main",
    "priority 7703 from 10.77.0.0/16 unreachable",
    "priority 7704 iif eth0 to 10.77.0.0/16 blackhole",
    "priority 7705 iif wlan0 to 10.77.0.0/16 blackhole",
  ]);
});

test("a way out is seen among the kernel's answers", () => {
  const inside =
    "10.77.1.2 dev hms-mississippi src 10.77.1.1 uid 0 \\    cache \nlocal 10.77.1.1 dev lo src 10.77.1.1";
  expect(leakIn(inside, ["eth0"])).toBeUndefined();
  const out = "10.77.2.2 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0 \\    cache ";
  expect(leakIn(`${inside}\n${out}\n`, ["eth0"])).toBe(out);
});
