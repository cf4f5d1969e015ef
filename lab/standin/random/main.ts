/** Stand-in for Pulumi's `random` provider: real randomness, the official inputs, outputs and replacement rules. */
import { sdkVersion } from "../provider/pulumi-package";
import { serve } from "../provider/serve";
import { randomId } from "./id";
import { randomPassword, randomString } from "./password";
import { randomPet } from "./pet";
import { randomUuid } from "./uuid";

void serve({
  name: "random",
  version: sdkVersion("random"),
  acceptsSecrets: false,
  resources: {
    "random:index/randomId:RandomId": randomId,
    "random:index/randomPassword:RandomPassword": randomPassword,
    "random:index/randomPet:RandomPet": randomPet,
    "random:index/randomString:RandomString": randomString,
    "random:index/randomUuid:RandomUuid": randomUuid,
  },
});
