/** Pulumi's mocks, as these tests want them: they record what is declared, and throw on what nobody expects. */
import * as pulumi from "@pulumi/pulumi";

/** One resource that a component declared. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/**
 * Starts to record.
 *
 * @param expected the types that may be declared, each with what its resource puts out beside its inputs
 * @param preview whether it is one
 */
export async function record(
  expected: Readonly<Record<string, Record<string, unknown>>>,
  preview = false,
): Promise<Declared[]> {
  const declared: Declared[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const outputs = expected[type];
        // Components are not listed: what they declare is.
        if (outputs === undefined && !type.startsWith("hms:")) {
          throw new Error(`nobody expects ${type} (${name})`);
        }
        declared.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...inputs, ...outputs } as Record<string, unknown> };
      },
      call: ({ token }) => {
        throw new Error(`nobody expects a call of ${token}`);
      },
    },
    "hms",
    "test",
    preview,
  );
  return declared;
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** Waits until all that was declared is recorded. */
export async function settled(): Promise<void> {
  await pulumi.runtime.disconnect();
}
