/** Commands on another host, by SSH. */
import { text, type Context } from "../provider/provider";
import { isValues, Secret, type Value, type Values } from "../provider/values";
import { connect, connectionFields, withConnectionDefaults, type Connection } from "./connection";
import { commonFields, type Kind, type Output } from "./resource";
import { execute } from "./session";
import { commandError, previousOutput, transcriptOf } from "./transcript";

async function run(command: string, inputs: Values, previous: Output, context: Context): Promise<Output> {
  const transcript = transcriptOf(inputs, context);
  const client = await connect(inputs["connection"] as unknown as Connection, context);
  try {
    const reason = await execute(
      client,
      {
        command,
        stdin: text(inputs["stdin"]),
        environment: (inputs["environment"] as Record<string, string> | undefined) ?? {},
        optional: previousOutput(inputs, previous),
        transcript,
      },
      context,
    );
    transcript.end();
    if (reason !== undefined) throw commandError(reason, command, transcript);
    return transcript.output();
  } finally {
    client.end();
  }
}

function secretConnection(connection: Value): Value {
  const plain = connection instanceof Secret ? connection.value : connection;
  return new Secret(isValues(plain) ? withConnectionDefaults(plain) : plain);
}

/** Commands of the resource `command:remote:Command`. */
export const remoteKind: Kind = {
  fields: {
    ...commonFields,
    connection: { type: "block", required: true, fields: connectionFields },
  },
  complete: (inputs) => ({
    ...inputs,
    ...(inputs["connection"] === undefined ? {} : { connection: secretConnection(inputs["connection"]) }),
    addPreviousOutputInEnv: inputs["addPreviousOutputInEnv"] ?? true,
  }),
  run,
};
