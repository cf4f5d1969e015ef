/** What a killed engine may have made without noting it: the creates that a stack's state still has for pending. Pure. */

/** The part of a stack's exported state that is read here. */
export interface Deployment {
  readonly pending_operations?: readonly {
    readonly type: string;
    readonly resource: {
      readonly urn: string;
      readonly type: string;
      readonly inputs?: Readonly<Record<string, unknown>>;
    };
  }[];
}

/** The resources whose name is taken once they were made, and the command of docker that removes one that was never noted. */
const removals: Readonly<Record<string, (name: string) => string[]>> = {
  // It never had any traffic: what gives it that comes only after it was noted.
  "docker:index/container:Container": (name) => ["docker", "rm", "--force", "--volumes", name],
  "docker:index/network:Network": (name) => ["docker", "network", "rm", name],
};

/**
 * The commands that remove what the pending creates of a stack may have left on a docker host: the next update makes it again,
 * under the same name. All else that we declare can be created over what is there.
 *
 * @param owner the name of the docker host's component
 */
export function removalsOf(deployment: Deployment, owner: string): string[][] {
  return (deployment.pending_operations ?? [])
    .filter(({ type, resource }) => type === "creating" && nameIn(resource.urn).startsWith(`${owner}-`))
    .flatMap(({ resource: { type, inputs } }) => {
      const name = inputs?.["name"];
      const removal = removals[type];
      return removal === undefined || typeof name !== "string" ? [] : [removal(name)];
    });
}

const nameIn = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/** The same state without operations that are pending: whoever was at them is dead. */
export function settled<T extends Deployment>(deployment: T): T {
  return { ...deployment, pending_operations: [] };
}
