/** Dynamic resources whose code stays in the project: Pulumi keeps a provider's text in the state (design D15). */
import type * as pulumi from "@pulumi/pulumi";

/** What a module of a dynamic resource exports as `provider`. */
export type Provider<I, O> = Required<
  Pick<pulumi.dynamic.ResourceProvider<I, O>, "create" | "diff" | "read" | "update" | "delete">
>;

/**
 * A provider that does nothing but call the one that a module exports, at the moment it is needed.
 *
 * @param module path from the project's folder, without extension
 */
export function providerIn(module: string): pulumi.dynamic.ResourceProvider {
  // Serialised with each method: nothing but `module` and node's own names may be used in it.
  return {
    create: async (inputs) =>
      (require(process.cwd() + "/components/dynamic/load.js") as Load)(module).provider.create(inputs),
    read: async (id, props) =>
      (require(process.cwd() + "/components/dynamic/load.js") as Load)(module).provider.read(id, props),
    diff: async (id, olds, news) =>
      (require(process.cwd() + "/components/dynamic/load.js") as Load)(module).provider.diff(id, olds, news),
    update: async (id, olds, news) =>
      (require(process.cwd() + "/components/dynamic/load.js") as Load)(module).provider.update(id, olds, news),
    delete: async (id, props) =>
      (require(process.cwd() + "/components/dynamic/load.js") as Load)(module).provider.delete(id, props),
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the modules differ in what goes in and out
type Load = (module: string) => { provider: Provider<any, any> };
