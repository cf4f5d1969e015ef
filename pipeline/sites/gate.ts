/** What stands before the account on a site: the gate, and its own copies of the scripts that it lets run. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { scripts } from "../../components/site/layout";
import { openings } from "../../components/site/rsync";
import { inOnePiece } from "../../core/enrolment";
import { quote } from "../../core/quote";
import { projectFolder } from "../../store/project";

/** A site's gate for one service. */
export interface Gate {
  /** Its files, by their name in the folder of the gate. */
  readonly files: ReadonlyMap<string, string>;
  /** Hex SHA-256 of what is the same on all sites. */
  readonly digest: string;
}

/** The scripts that the gate runs itself. */
const runs = ["activate.sh", "deactivate.sh", "serving.sh"];

/** Where a gate stands. */
export interface GatePlace {
  /** The site's name. */
  readonly site: string;
  /** The folder on the site that is the product's own. */
  readonly folder: string;
  readonly service: string;
  /** The docker engine of the account's own. @default the site's */
  readonly dockerHost?: string;
}

/** The gate of this version of the program. */
export function makeGate({ site, folder, service, dockerHost = "" }: GatePlace): Gate {
  const shipped = new Map(scripts.map((file) => [path.basename(file), read(file)]));
  const common = new Map([
    ...runs.map((name) => [`bin/${name}`, inOnePiece(name, shipped)] as const),
    ["shipped", [...shipped].map(([name, text]) => `${sha256(text)}  bin/${name}\n`).join("")],
    ["gate.sh", read("pipeline/sites/gate.sh")],
  ]);
  const opened = openingsOf(`${folder}/${service}`).map((fields) => `${fields.join("\t")}\n`);
  const settings = `${quote([`site=${site}`])}\n${quote([`docker_host=${dockerHost}`])}\n`;
  return {
    files: new Map([["settings", settings], ["openings", opened.join("")], ...common]),
    digest: sha256([...common, ["openings", openingsOf("").join("\n")]].flat().join("\0")),
  };
}

/** How command lines begin that ask a site for rsync: what rsync receives into, which is where it has gone before, and its words. */
function openingsOf(home: string): string[][] {
  return openings(home).map((words) => [".", ...words.filter((word) => word !== undefined)]);
}

const read = (file: string): string => fs.readFileSync(path.join(projectFolder, file), "utf8");

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
