/** Events for subscribers: encoded as each of them likes, and signed for each of them. */
import type { SubscriberSettings } from "../core/config";
import type { ReleaseEvent } from "../core/events";
import { parseSecrets, signatureHeaders } from "../core/webhook";
import { readReference } from "../probe/reference";
import type { Destination } from "./deliver";
import { queueFolder } from "./queues";

/** The queue of a subscriber. */
export const subscriberQueue = (name: string): string => `subscribers/${name}`;

/** Where the events of a subscriber go. Its secret is read for each try, and kept nowhere. */
export function eventsTo({ name, url, mode, secret, ...limits }: SubscriberSettings): Destination {
  const what = `subscriber ${name}`;
  return {
    what,
    queue: queueFolder(subscriberQueue(name)),
    url,
    message: ({ id, content }) => {
      const secrets = parseSecrets(readReference(`${what}: secret`, secret), `${what}: secret`);
      const { encode } = loadEvents();
      const { headers, body } = encode(content as ReleaseEvent, mode);
      const timestamp = Math.floor(Date.now() / 1000);
      return { headers: { ...headers, ...signatureHeaders({ id, timestamp, body }, secrets) }, body };
    },
    ...limits,
  };
}

/** The library takes a while to load, and most commands send nothing. */
function loadEvents(): typeof import("../core/events") {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
  return require("../core/events") as typeof import("../core/events");
}
