/** Stand-in for Pulumi's `command` provider: runs commands here and on other hosts as the official one does. */
import { sdkVersion } from "../provider/pulumi-package";
import { serve } from "../provider/serve";
import { localKind, runFunction } from "./local";
import { remoteKind } from "./remote";
import { commandResource } from "./resource";

void serve({
  name: "command",
  version: sdkVersion("command"),
  acceptsSecrets: true,
  resources: {
    "command:local:Command": commandResource(localKind),
    "command:remote:Command": commandResource(remoteKind),
  },
  functions: { "command:local:run": runFunction },
});
