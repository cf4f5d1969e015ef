/** Brings a bundle into a partner's inbox, reads it back, and takes it out. */
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { messageOf, Refused, Unreachable } from "../../core/errors";
import { faultsOf, inInbox, type Partner, parseAddress, placeOf } from "../../probe/inbox";
import { type BundleFile, defaultFileName, type Holding, look } from "../../probe/partner";
import { checkLocal, deliver, type LocalBundle, withdraw } from "./deliver";

/** What a drop is given. */
export type DropInputs = Partner & BundleFile & { readonly bundle: LocalBundle };

/** What is known of a drop. */
export type DropState = DropInputs & { readonly holds: Holding };

/** Whether the inbox holds the bundle, whole and with its checksum file. */
export function isHeld({ sha256, size, listed }: Holding, bundle: Omit<LocalBundle, "path">): boolean {
  return sha256 === bundle.sha256 && size === bundle.size && listed === bundle.sha256;
}

/** What makes a drop another one: it goes to another host, into another folder, or by another name. */
export function movedBy(olds: Partner & BundleFile, news: Partner & BundleFile): string[] {
  const { url, fileName = defaultFileName } = news;
  return [
    ...(url === olds.url || placeOf(parseAddress(url)) === placeOf(parseAddress(olds.url)) ? [] : ["url"]),
    ...(fileName === (olds.fileName ?? defaultFileName) ? [] : ["fileName"]),
  ];
}

/** Whether anything else was set anew, such as the password's place or a time limit: it is noted, and nothing is sent. */
export function isSetAnew(olds: DropState, news: DropInputs): boolean {
  return !isDeepStrictEqual(settingsOf(olds), settingsOf(news));
}

/** Not what says which bundle it is, nor what was read back, nor what Pulumi adds. */
const noSettings = new Set(["bundle", "holds", "__provider"]);

function settingsOf(props: DropInputs): object {
  return Object.fromEntries(Object.entries(props).filter(([key]) => !noSettings.has(key)));
}

async function put(inputs: DropInputs): Promise<DropState> {
  await checkLocal(inputs.bundle);
  const holds = await said(inInbox(inputs, (inbox) => deliver(inbox, inputs.bundle, inputs)));
  return { ...inputs, holds };
}

/** Pulumi keeps an error's message alone: its first word says whether the partner could not be reached, or said no. */
async function said<T>(answer: Promise<T>, remedy = ""): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const word = error instanceof Unreachable ? "unreachable: " : error instanceof Refused ? "refused: " : "";
    const sentence = new Error(`${word}${messageOf(error)}${remedy}`, { cause: error });
    // Pulumi prints both for what read and delete throw; neither helps a user.
    return Promise.reject(Object.assign(sentence, word === "" ? {} : { name: "", stack: "" }));
  }
}

/** The provider of drops. */
export const provider: Required<Omit<pulumi.dynamic.ResourceProvider<DropInputs, DropState>, "configure">> = {
  check: (_olds, inputs) =>
    Promise.resolve({
      inputs,
      failures: faultsOf(inputs).map(({ setting, sentence }) => ({ property: setting, reason: sentence })),
    }),

  create: async (inputs) => {
    const outs = await put(inputs);
    return { id: `${inputs.url}/${inputs.fileName ?? defaultFileName}`, outs };
  },

  read: async (id, state) => {
    if (state === undefined) {
      return { id: "" };
    }
    return said(
      inInbox(state, (inbox) => look(inbox, state)).then(
        (holds) => (holds ? { id, props: { ...state, holds } } : { id: "" }),
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
    const changes = replaces.length > 0 || !isHeld(olds.holds, news.bundle) || isSetAnew(olds, news);
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: false });
  },

  update: async (_id, olds, news) => ({
    outs:
      isHeld(olds.holds, news.bundle) && olds.url === news.url
        ? { ...news, holds: olds.holds }
        : await put(news),
  }),

  delete: async (_id, state) => {
    const remedy = ' If that is for good, leave its files there with "pulumi state delete".';
    await said(
      inInbox(state, (inbox) => withdraw(inbox, state.holds, state)),
      remedy,
    );
  },
};
