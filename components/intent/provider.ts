/** Writes what a target should have into the trail. */
import type { TargetId } from "../../core/entry";
import type { Head } from "../../core/chain";
import { desiredTag } from "../../core/history";
import { trailFolder } from "../../store/project";
import { openTrail, requireHead, trailHead } from "../../store/trail";
import type { Provider } from "../dynamic/resource";

interface Args {
  readonly target: TargetId;
  readonly tag: string;
  readonly reason?: string;
}

/** The head is kept with the stack: a trail that was cut off since, or put in another's place, is found out. */
type State = Args & { readonly head: Head | undefined };

function write({ target, tag, reason }: Args): State {
  const trail = openTrail();
  if (desiredTag(trail.entries(), target) !== tag) {
    trail.append({ type: "desired", target, tag, cause: "pulumi", ...(reason !== undefined && { reason }) });
  }
  return { target, tag, ...(reason !== undefined && { reason }), head: trailHead(trailFolder()) };
}

/** The provider of intents. */
export const provider: Provider<Args, State> = {
  create: (args) => Promise.resolve({ id: args.target, outs: write(args) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  diff: (_id, olds, news) => {
    requireHead(trailFolder(), olds.head);
    return Promise.resolve({
      changes: olds.tag !== news.tag,
      replaces: olds.target === news.target ? [] : ["target"],
    });
  },
  update: (_id, _olds, news) => Promise.resolve({ outs: write(news) }),
  delete: () => Promise.resolve(),
};
