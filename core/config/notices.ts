/** Who is told of what happened, beside subscribers: Grafana, and webhooks that take a line of text. */
import { z } from "zod";
import { noticeKinds } from "../notice";
import { count, name, reference, settings, text, webAddress } from "./common";

const onText = `a list of what it is told of: ${noticeKinds.join(", ")}`;

/** What both have. */
const receiver = {
  name,
  /** What it is told of. @default everything */
  on: z
    .array(z.enum(noticeKinds, { error: noticeKinds.join(", ") }), { error: onText })
    .min(1, { error: onText })
    .default([...noticeKinds]),
  /** Seconds that it has to answer, for each try. @default 5 */
  timeoutSeconds: count(1, 60).default(5),
  /** Days after which a notice that was not taken is set aside. @default 7 */
  keepDays: count(1, 365).default(7),
};

/** One of `hms:grafana`: a Grafana that gets annotations. */
export const grafanaSettings = settings({
  ...receiver,
  /** Where it is, with its path if it has one: `/api/annotations` comes after it. */
  url: webAddress,
  /** The token of a service account that may write annotations, and read them. */
  token: reference,
  /** Tags that its annotations get beside `hms`, the service's name, the kind of notice and the notice's id. @default none */
  tags: z.array(text("a tag"), { error: "a list of tags" }).default([]),
});

/** One of `hms:webhooks`: somebody who takes `{"text": …}`, as Slack's incoming webhooks do. */
export const webhookSettings = settings({
  ...receiver,
  /** Where notices are posted to. Whoever knows it can post there, so it is a secret. */
  url: reference,
});

/** One of `hms:grafana`, checked. */
export type GrafanaSettings = z.infer<typeof grafanaSettings>;

/** One of `hms:webhooks`, checked. */
export type WebhookSettings = z.infer<typeof webhookSettings>;
