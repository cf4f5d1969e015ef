/** The stages of a run, rollback or sync: when each was at work, and how long it took. */
import type { StageTime } from "../core/trace";
import type { RunLog } from "./log";

/** Notes stages as they come. */
export class Stages {
  /** Seconds that each took. */
  readonly seconds: Record<string, number> = {};
  /** When each was at work, in their order. */
  readonly times: StageTime[] = [];

  constructor(private readonly log: Pick<RunLog, "seconds">) {}

  /** Does the work of a stage; one that fails is noted, too. */
  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const [began, from] = [this.log.seconds(), Date.now()];
    try {
      return await work();
    } finally {
      this.seconds[name] = Number((this.log.seconds() - began).toFixed(3));
      this.times.push({ name, from, to: Date.now() });
    }
  }
}
