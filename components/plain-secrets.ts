/** Refuses secrets that are not marked as such, before they reach the state (design D11). */
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../core/errors";
import { plainSecrets } from "../core/plain-secret";

/**
 * Makes the program refuse each resource with an input that looks like a key or a password and is no secret. To be called
 * before any resource is declared; it holds also where no policy pack is given.
 *
 * It is a transformation within the program: Pulumi's newer transforms end a program under an older language host.
 */
export function refusePlainSecrets(): void {
  pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
    return { props: guardedInputs(type, name, props), opts };
  });
}

/**
 * The same inputs; those that come later are looked at when they come.
 *
 * @internal
 * @throws UserError when there is a plain secret among those that are there by now
 */
export function guardedInputs<T extends object>(type: string, name: string, inputs: T): T {
  refuse(type, name, inputs);
  return guarded(type, name, inputs, []) as T;
}

/** @throws UserError when there is a plain secret among the values that are there by now */
function refuse(type: string, name: string, inputs: object): void {
  const [first] = plainSecrets(type, inputs, isLater);
  if (first !== undefined) {
    throw new UserError(
      `${name}: ${first.path} looks like ${first.what}, and is no secret. ` +
        "Give it as pulumi.secret(…), or as a reference to a file.",
    );
  }
}

/** Whether a value is one that comes later, or no data at all. */
function isLater(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise || pulumi.Resource.isInstance(value);
}

function guarded(type: string, name: string, value: unknown, path: readonly string[]): unknown {
  const look = (inner: unknown): void => {
    refuse(type, name, path.reduceRight((nested: unknown, key) => ({ [key]: nested }), inner) as object);
  };
  if (pulumi.Output.isInstance(value)) {
    return value.apply(async (inner: unknown) => {
      if (!(await pulumi.isSecret(value))) {
        look(inner);
      }
      return inner;
    });
  }
  if (value instanceof Promise) {
    return value.then((inner: unknown) => {
      look(inner);
      return guarded(type, name, inner, path);
    });
  }
  if (Array.isArray(value)) {
    return value.map((inner, index) => guarded(type, name, inner, [...path, String(index)]));
  }
  if (isMap(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, guarded(type, name, inner, [...path, key])]),
    );
  }
  return value;
}

/** Whether a value is a map of inputs, and not an asset, a resource or another thing of a class. */
function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)
  );
}
