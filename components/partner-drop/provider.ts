/** Brings a bundle into a partner's inbox, reads it back, and takes it out. */
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { defaultFileName } from "../../core/drop-files";
import { Unreachable } from "../../core/errors";
import { faultsOf, type Inbox, inInbox, type Partner, parseAddress, placeOf } from "../../probe/inbox";
import { type BundleFile, type Holding, isTaken, look } from "../../probe/partner";
import { checkLocal, deliver, holdingOf, type LocalBundle, parcels, withdraw } from "./deliver";
import { type HandOver, isLastGiven, noteGiven, noteWithdrawn } from "./hand-over";
import { said } from "./said";
import { giveNames } from "./upload";

/** What a drop is given. */
export type DropInputs = Partner &
  BundleFile &
  HandOver & {
    readonly bundle: LocalBundle;
    /** What the file in the inbox is; see the setting. @default mirror */
    readonly meaning?: "mirror" | "inbox";
    /** The bundle's name with its placeholders. @default fileName: every release has the same name */
    readonly pattern?: string;
    /** How many releases stay in the inbox, where each has a name of its own. @default 1 */
    readonly keep?: number;
  };

/** A release's bundle by its own name. */
interface Version {
  readonly fileName: string;
  readonly holds: Holding;
}

/** What is known of a drop. */
export type DropState = DropInputs & {
  readonly holds: Holding;
  /** What else of ours stays in the inbox, newest first. @default nothing */
  readonly earlier?: readonly Version[];
};

/** Whether the inbox holds the bundle, whole. Of a mirror its checksum and signature must be there, too. */
export function isHeld(
  { sha256, size, listed, signature }: Holding,
  bundle: Omit<LocalBundle, "path">,
  meaning: DropInputs["meaning"] = "mirror",
): boolean {
  return (
    sha256 === bundle.sha256 &&
    size === bundle.size &&
    (meaning === "inbox" ||
      (listed === bundle.sha256 && (bundle.signature === undefined || signature === bundle.signature)))
  );
}

const nameOf = ({ fileName = defaultFileName }: Pick<BundleFile, "fileName">): string => fileName;

const patternOf = ({ pattern, ...file }: Omit<Place, "url">): string => pattern ?? nameOf(file);

/** Where a drop lies, and by what name. */
type Place = Pick<DropInputs, "url" | "fileName" | "pattern">;

/** What makes a drop another one: it goes to another host, into another folder, or by another name. */
export function movedBy(olds: Place, news: Place): string[] {
  const { url } = news;
  return [
    ...(url === olds.url || placeOf(parseAddress(url)) === placeOf(parseAddress(olds.url)) ? [] : ["url"]),
    ...(patternOf(news) === patternOf(olds) ? [] : ["fileName"]),
  ];
}

/** Whether anything else was set anew, such as the password's place or a time limit: it is noted, and nothing is sent. */
export function isSetAnew(olds: DropState, news: DropInputs): boolean {
  return !isDeepStrictEqual(settingsOf(olds), settingsOf(news));
}

/** Not what says which bundle it is, nor what was read back, nor what Pulumi adds. */
const noSettings = new Set(["bundle", "tag", "fileName", "holds", "earlier", "__provider"]);

function settingsOf(props: DropInputs): object {
  return Object.fromEntries(Object.entries(props).filter(([key]) => !noSettings.has(key)));
}

async function put(inputs: DropInputs, olds?: DropState): Promise<DropState> {
  await checkLocal(inputs.bundle);
  const doubtful = new Set<string>();
  return said(
    inInbox(inputs, async (inbox) => {
      const holds = await give(inbox, inputs, doubtful);
      const earlier = olds === undefined ? [] : await retire(inbox, inputs, olds);
      return { ...inputs, holds, ...(earlier.length > 0 && { earlier }) };
    }),
  );
}

async function give(inbox: Inbox, inputs: DropInputs, doubtful: Set<string>): Promise<Holding> {
  const { bundle, meaning } = inputs;
  if (meaning !== "inbox") {
    const holds = await deliver(inbox, bundle, { ...inputs, doubtful });
    noteGiven(inputs);
    return holds;
  }
  if (isLastGiven(inputs) && (await isTaken(inbox, nameOf(inputs), bundle.sha256))) {
    await giveNames(inbox, parcels(bundle, nameOf(inputs)));
    const found = await look(inbox, inputs);
    if (found === undefined || isHeld(found, bundle, meaning)) {
      return found ?? holdingOf(bundle);
    }
  }
  // Noted before the partner can see it: whoever is killed in between finds it waiting for its name, and does not send it twice.
  const whole = (): void => {
    noteGiven(inputs);
  };
  return deliver(inbox, bundle, { ...inputs, mayGo: true, whole, doubtful });
}

/** What stays of the releases before, each by its own name; the others are taken out. */
async function retire(inbox: Inbox, inputs: DropInputs, olds: DropState): Promise<Version[]> {
  const { keep = 1 } = inputs;
  const before = [{ fileName: nameOf(olds), holds: olds.holds }, ...(olds.earlier ?? [])].filter(
    ({ fileName }) => fileName !== nameOf(inputs),
  );
  for (const { fileName, holds } of before.slice(keep - 1)) {
    await withdraw(inbox, holds, { fileName, pattern: patternOf(inputs) });
  }
  return before.slice(0, keep - 1);
}

/** What is known once the inbox has been looked into; undefined when the drop is gone. */
function seen(state: DropState, found: Holding | undefined): DropState | undefined {
  if (found !== undefined) {
    return { ...state, holds: found };
  }
  if (state.meaning === "inbox") {
    return state; // the partner has taken it, as it is meant to
  }
  // With other files of ours there, they must not be forgotten.
  return state.earlier === undefined ? undefined : { ...state, holds: { sha256: "", size: 0 } };
}

/** The provider of drops. */
export const provider: Required<Omit<pulumi.dynamic.ResourceProvider<DropInputs, DropState>, "configure">> = {
  check: (_olds, inputs) =>
    Promise.resolve({
      inputs,
      failures: faultsOf(inputs).map(({ setting, sentence }) => ({ property: setting, reason: sentence })),
    }),

  create: async (inputs) => ({ id: `${inputs.url}/${patternOf(inputs)}`, outs: await put(inputs) }),

  read: async (id, state) => {
    if (state === undefined) {
      return { id: "" };
    }
    return said(
      inInbox(state, (inbox) => look(inbox, state)).then(
        (found) => {
          const props = seen(state, found);
          return props === undefined ? { id: "" } : { id, props };
        },
        (error: unknown) => {
          if (error instanceof Unreachable) {
            return { id, props: state }; // nobody answers: what was known stays known
          }
          throw error;
        },
      ),
    );
  },

  diff: (_id, olds, news) => {
    const replaces = movedBy(olds, news);
    const changes = replaces.length > 0 || !isKept(olds, news) || isSetAnew(olds, news);
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: false });
  },

  update: async (_id, olds, news) => {
    if (isKept(olds, news) && olds.url === news.url) {
      const { holds, earlier } = olds;
      return { outs: { ...news, holds, ...(earlier && { earlier }) } };
    }
    return { outs: await put(news, olds) };
  },

  delete: async (_id, state) => {
    const remedy = ' If that is for good, leave its files there with "pulumi state delete".';
    const versions = [{ fileName: nameOf(state), holds: state.holds }, ...(state.earlier ?? [])];
    const work = inInbox(state, async (inbox) => {
      for (const { fileName, holds } of versions) {
        if (await withdraw(inbox, holds, { fileName, pattern: patternOf(state) })) {
          noteWithdrawn(state, { file: fileName, bundle: holds.sha256 });
        }
      }
    });
    await said(work, remedy);
  },
};

/** Whether the inbox holds, or was given, what it should: by the name that this release has. */
function isKept(olds: DropState, news: DropInputs): boolean {
  return nameOf(olds) === nameOf(news) && isHeld(olds.holds, news.bundle, news.meaning);
}
