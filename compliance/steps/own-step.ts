/** A check that the service adds to those of the platform. */
import type { ServiceStep } from "../../core/service";
import { redact } from "../content";
import { runCommand } from "./command";
import type { SuiteStep } from "./step";
import { lastLines } from "./told";

/** Passes when its command ends with 0. */
export const ownStep = ({ name, run: command, timeoutSeconds }: ServiceStep): SuiteStep => ({
  name,
  async run({ folder }) {
    const { failure, output } = await runCommand({ command, folder, timeoutSeconds });
    const summary =
      failure === undefined ? "passed" : `${redact(command)}: ${failure}\n${lastLines(output)}`.trim();
    return { passed: failure === undefined, summary };
  },
});
