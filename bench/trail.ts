/** How fast a long trail is verified. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { verify } from "../pipeline/audit/verify";
import { createKey } from "../store/keys";
import { manyBodies, signerOf, writeTrail } from "../tests/pipeline/audit/long-trail";
import { type Bench, rounded } from "./bench";

const entries = 100_000;
/** What is promised, on two cores. */
const goalSeconds = 10;

/** @see Bench */
export const bench: Bench = async (tell) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-bench-"));
  try {
    tell(`${entries} entries: writing and signing`);
    const [trail, keys, trusted] = ["trail", "keys", "trusted"].map((name) => path.join(folder, name));
    createKey(keys, trusted);
    const signer = signerOf(path.join(keys ?? "", "signing.pem"));
    writeTrail(trail ?? "", manyBodies(entries), () => signer);
    const before = process.cpuUsage();
    const { seconds } = await verify({ trail, trusted, onProgress: tell });
    const { user, system } = process.cpuUsage(before);
    const cpuSeconds = (user + system) / 1e6;
    const perSecond = Math.round(entries / seconds);
    return {
      numbers: {
        ratio: rounded(seconds / goalSeconds),
        goal: 1,
        samples: 1,
        unit: "seconds to verify the entries, over those promised",
        entries,
        seconds,
        cpuSeconds,
        perSecond,
        goalSeconds,
      },
      text:
        `${entries} entries in ${seconds.toFixed(1)} s on ${os.availableParallelism()} cores, ${perSecond} a second ` +
        `(${cpuSeconds.toFixed(1)} s of the cores' time); promised: ${goalSeconds} s`,
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
};
