/** Refuses secrets that are not marked as such, before they reach the state (design D11). */
import * as pulumi from "@pulumi/pulumi";
import { plainSecrets } from "../core/plain-secret";
import { UserError } from "../core/errors";

/**
 * Makes the program refuse each resource with an input that looks like a key or a password and is no secret. To be called
 * before any resource is declared; it holds also where no policy pack is given.
 *
 * Pulumi takes a whole input for a secret when a part of it is: beside a secret, the pack's rule sees more.
 */
export function refusePlainSecrets(): void {
  pulumi.runtime.registerResourceTransform(async ({ type, name, props }) => {
    const [first] = plainSecrets(type, (await known(props)) as object);
    if (first !== undefined) {
      throw new UserError(plainSecretSentence(name, first));
    }
    return undefined;
  });
}

/** Why a resource is refused. */
function plainSecretSentence(name: string, { path, what }: { path: string; what: string }): string {
  return `${name}: ${path} looks like ${what}, and is no secret. Give it as pulumi.secret(…), or as a reference to a file.`;
}

/** Inputs without what is a secret, or can't be known yet. */
async function known(value: unknown): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    if (await pulumi.isSecret(value)) {
      return undefined;
    }
    const { promise } = value as unknown as { promise: () => Promise<unknown> };
    return known(await promise.call(value));
  }
  if (Array.isArray(value)) {
    return Promise.all(value.map(known));
  }
  if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) {
    return value;
  }
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await known(inner)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
