import * as pulumi from "@pulumi/pulumi";

/** What a module of a dynamic resource exports as `provider`. */
export type Provider<I, O> = Required<
  Pick<pulumi.dynamic.ResourceProvider<I, O>, "create" | "diff" | "read" | "update" | "delete">
>;

/**
 * A dynamic resource whose code stays in the project.
 *
 * `pulumi.dynamic.Resource` writes the text of a provider's methods, and of all that they use, into the state: some
 * 8 KB in the inputs and again in the outputs of each resource, which takes 0.5 s for the first and 0.1 s for each
 * further one. This writes one line in its place, which loads the provider when the engine calls for it, in a process whose
 * working directory is the project's folder.
 */
export abstract class ProjectResource extends pulumi.CustomResource {
  /**
   * @param module path from the project's folder, without extension, of the module that exports the `provider`
   * @param type such as `hms:Drop`
   */
  constructor(
    module: string,
    type: string,
    name: string,
    props: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions,
  ) {
    super(`pulumi-nodejs:dynamic/${type}`, name, { ...props, __provider: providerText(module) }, opts);
  }
}

/** What Pulumi's process for dynamic resources runs to get at a provider. */
export function providerText(module: string): string {
  return `exports.handler = () => require(process.cwd() + "/components/dynamic/load.js")(${JSON.stringify(module)}).provider;`;
}
