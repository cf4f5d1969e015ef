/** The compliance gate of every preview and update, as a list of rules. */
import { PolicyPack } from "@pulumi/policy";
import { imageByDigest } from "./rules/image";
import { releaseKnown, releasePassed } from "./rules/release";

new PolicyPack("hms", {
  enforcementLevel: "mandatory",
  policies: [imageByDigest, releaseKnown, releasePassed],
});
