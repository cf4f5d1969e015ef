/** Lines in a channel: webhooks that take `{"text": …}`, as those of Slack, Mattermost and Rocket.Chat do. */
import type { WebhookSettings } from "../core/config";
import type { Notice } from "../core/notice";
import { readReference } from "../probe/reference";
import type { Destination } from "./deliver";
import { NotTaken } from "./post";
import { queueFolder } from "./queues";

/** The queue of a webhook. */
export const webhookQueue = (name: string): string => `webhooks/${name}`;

const signs: Readonly<Record<Notice["kind"], string>> = {
  deploy: "🚀",
  refusal: "🚫",
  rollback: "⏪",
  stale: "⏳",
  healed: "💚",
};

/** Where the notices of a webhook go. Its URL is read for each try, and kept nowhere: whoever knows it can post there. */
export function linesTo({ name, url, timeoutSeconds, keepDays }: WebhookSettings): Destination {
  const what = `webhook ${name}`;
  return {
    what,
    queue: queueFolder(webhookQueue(name)),
    url: () => {
      const value = readReference(`${what}: url`, url).trim();
      if (!/^https?:\/\/[^\s]+$/.test(value) || !URL.canParse(value)) {
        // Not what it is: a slip in a secret is still most of a secret.
        throw new NotTaken(`${what}: url: it holds no URL, http or https.`);
      }
      return value;
    },
    message: ({ content }, again) => {
      const { kind, text, details } = content as Notice;
      const first = `${signs[kind]} ${again ? "(perhaps told before) " : ""}${text}`;
      return {
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: [first, ...details].map(escapeText).join("\n") }),
      };
    },
    timeoutSeconds,
    keepDays,
  };
}

/** What stands for itself, and calls nobody (https://docs.slack.dev/messaging/formatting-message-text, "Escaping text"). */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
