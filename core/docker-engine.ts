/**
 * What tells docker's command, in its environment, which engine it speaks to.
 *
 * @param host `unix://…`, `tcp://…` or `ssh://…` @default DOCKER_HOST of the process, or the machine's own
 */
export function engineEnvironment(host: string | undefined): Record<string, string> {
  return host === undefined ? {} : { DOCKER_HOST: host };
}
