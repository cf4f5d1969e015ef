/** Writes what a target should have into the trail. */
import { desiredTag } from "../../core/history";
import { trailFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import type { Provider } from "../dynamic/resource";
import type { IntentArgs } from ".";

function write({ target, tag }: IntentArgs): void {
  const trail = directoryTrail(trailFolder());
  if (desiredTag(trail.entries(), target) !== tag) {
    trail.append({ type: "desired", target, tag, cause: "pulumi" });
  }
}

/** The provider of intents. */
export const provider: Provider<IntentArgs, IntentArgs> = {
  create: (args) => {
    write(args);
    return Promise.resolve({ id: args.target, outs: args });
  },
  read: (id, state) => Promise.resolve({ id, props: state }),
  diff: (_id, olds, news) =>
    Promise.resolve({
      changes: olds.tag !== news.tag,
      replaces: olds.target === news.target ? [] : ["target"],
    }),
  update: (_id, _olds, news) => {
    write(news);
    return Promise.resolve({ outs: news });
  },
  delete: () => Promise.resolve(),
};
