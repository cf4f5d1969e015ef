/** Stand-in for Pulumi's `docker` provider: works on real engines, by the official inputs, outputs and replacement rules. */
import { sdkVersion } from "../provider/pulumi-package";
import { serve } from "../provider/serve";
import { configurationChanges } from "./configuration";
import { containerResource } from "./container/resource";
import { imageResource } from "./image/resource";
import { networkResource } from "./network";
import { remoteImageResource } from "./remote-image";
import { Docker } from "./session";
import { volumeResource } from "./volume";

const docker = new Docker();

void serve({
  name: "docker",
  version: sdkVersion("docker"),
  acceptsSecrets: false,
  resources: {
    "docker:index/container:Container": containerResource(docker),
    "docker:index/image:Image": imageResource(docker),
    "docker:index/network:Network": networkResource(docker),
    "docker:index/remoteImage:RemoteImage": remoteImageResource(docker),
    "docker:index/volume:Volume": volumeResource(docker),
  },
  configure: (settings, signal) => docker.configure(settings, signal),
  diffConfiguration: configurationChanges,
});
