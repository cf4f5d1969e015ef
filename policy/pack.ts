/** The compliance gate of every preview and update. */
import { PolicyPack } from "@pulumi/policy";
import { configuration } from "./configuration";
import { rules } from "./rules";

new PolicyPack(
  "hms",
  { displayName: "hms", enforcementLevel: "mandatory", policies: [...rules] },
  configuration(rules),
);
