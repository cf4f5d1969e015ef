/** The rules, as a list. What each is for: docs/policy.md. */
import type { Rule } from "../rule";
import { freeze } from "./calendar";
import { containerIsolation, containerMounts } from "./container";
import { bundleOfRelease, imageByDigest, imageOfRelease, imageRegistry } from "./image";
import { podSecurity } from "./pod-security";
import {
  releaseEvidence,
  releaseKnown,
  releaseNotOlder,
  releaseNotQuarantined,
  releasePassed,
} from "./release";
import { noPlainSecrets } from "./secrets";
import { partnerAuthenticated, partnerEncrypted, remoteOutput, sshHostKey, sshNoPassword } from "./transport";
import { podProbes, podResources, podServiceAccount, serviceExposure, workloadReadable } from "./workload";

export const rules: readonly Rule[] = [
  // Releases
  releaseKnown,
  releasePassed,
  releaseEvidence,
  releaseNotQuarantined,
  releaseNotOlder,
  // Images and bundles
  imageByDigest,
  imageRegistry,
  imageOfRelease,
  bundleOfRelease,
  // Workloads
  workloadReadable,
  podSecurity,
  podResources,
  podProbes,
  podServiceAccount,
  serviceExposure,
  containerIsolation,
  containerMounts,
  // Transport
  sshHostKey,
  sshNoPassword,
  partnerEncrypted,
  partnerAuthenticated,
  remoteOutput,
  // Secrets
  noPlainSecrets,
  // Calendar
  freeze,
];
