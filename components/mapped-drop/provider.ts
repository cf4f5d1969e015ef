/** Brings one mapped file into a partner's inbox, reads it back, and takes it out. */
import { isDeepStrictEqual } from "node:util";
import { Unreachable } from "../../core/errors";
import type { Bundle } from "../../core/release";
import { type Inbox, inInbox, NoFolder, type Partner } from "../../probe/inbox";
import { type BundleFile, type Holding, look } from "../../probe/partner";
import type { Provider } from "../dynamic/resource";
import { checkLocal, deliver, type LocalBundle, withdraw } from "../partner-drop/deliver";
import { isHeld, movedBy } from "../partner-drop/provider";
import { said } from "../partner-drop/said";

/** What a mapped drop is given. */
export type MappedInputs = Partner &
  BundleFile & {
    readonly fileName: string;
    /** `inbox`: the partner takes files away; what is gone is not sent again. @default mirror */
    readonly meaning?: "mirror" | "inbox";
    readonly bundle: Bundle;
    readonly from: { readonly mapping: string; readonly member: string };
    /** The file on this machine. */
    readonly content: LocalBundle;
  };

/** What is known of a mapped drop. */
export type MappedState = MappedInputs & { readonly holds: Holding };

/** Not what says which file it is and what it was made from, nor what was read back, nor what Pulumi adds. */
const noSettings = new Set(["bundle", "from", "content", "holds", "__provider"]);

function settingsOf(props: MappedInputs): object {
  return Object.fromEntries(Object.entries(props).filter(([key]) => !noSettings.has(key)));
}

async function put(inputs: MappedInputs): Promise<MappedState> {
  await checkLocal(inputs.content);
  const delivery = { ...inputs, mayGo: inputs.meaning === "inbox" };
  const holds = await said(inInbox(inputs, (inbox) => deliver(inbox, inputs.content, delivery)));
  return { ...inputs, holds };
}

/** Does something where the file should lie; undefined when there is no such folder any more, which is not made for this. */
async function inFolder<T>(state: MappedState, work: (inbox: Inbox) => Promise<T>): Promise<T | undefined> {
  try {
    return await inInbox({ ...state, makesFolder: false }, work);
  } catch (error) {
    if (state.makesFolder === true && (error as Error).cause instanceof NoFolder) {
      return undefined;
    }
    throw error;
  }
}

/** What the inbox holds of it; undefined when it is gone and should not be. */
async function readBack(state: MappedState): Promise<MappedState | undefined> {
  try {
    const holds = await inFolder(state, (inbox) => look(inbox, state));
    if (holds !== undefined) {
      return { ...state, holds };
    }
    return state.meaning === "inbox" ? state : undefined;
  } catch (error) {
    if (error instanceof Unreachable) {
      return state; // nobody answers: what was known stays known
    }
    throw error;
  }
}

/** The provider of mapped drops. */
export const provider: Provider<MappedInputs, MappedState> = {
  create: async (inputs) => ({ id: `${inputs.url}/${inputs.fileName}`, outs: await put(inputs) }),

  read: async (id, state) => {
    const found = state && (await said(readBack(state)));
    return found === undefined ? { id: "" } : { id, props: found };
  },

  diff: (_id, olds, news) => {
    const replaces = movedBy(olds, news);
    const isSetAnew = !isDeepStrictEqual(settingsOf(olds), settingsOf(news));
    const changes = replaces.length > 0 || !isHeld(olds.holds, news.content) || isSetAnew;
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: false });
  },

  update: async (_id, olds, news) => ({
    outs:
      isHeld(olds.holds, news.content) && olds.url === news.url
        ? { ...news, holds: olds.holds }
        : await put(news),
  }),

  delete: async (_id, state) => {
    const remedy = ' If that is for good, leave its files there with "pulumi state delete".';
    await said(
      inFolder(state, (inbox) => withdraw(inbox, state.holds, state)),
      remedy,
    );
  },
};
