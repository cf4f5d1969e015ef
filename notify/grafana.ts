/** Annotations in Grafana, by its own API: a region from when it began to when it was over. */
import type { GrafanaSettings } from "../core/config";
import type { Notice } from "../core/notice";
import { readReference } from "../probe/reference";
import type { Destination } from "./deliver";
import { NotTaken, request } from "./post";
import { queueFolder } from "./queues";

/** The queue of a Grafana. */
export const grafanaQueue = (name: string): string => `grafana/${name}`;

/** The tag by which an annotation is found again: Grafana has no key that keeps it from being made twice. */
const idTag = (id: string): string => `hms-id:${id}`;

/** Where the annotations of a Grafana go. Its token is read for each try, and kept nowhere. */
export function notesTo({ name, url, token, tags, timeoutSeconds, keepDays }: GrafanaSettings): Destination {
  const what = `grafana ${name}`;
  const place = `${url.replace(/\/+$/, "")}/api/annotations`;
  const authorization = (): string => {
    const value = readReference(`${what}: token`, token).trim();
    if (!/^[\x21-\x7e]+$/.test(value)) {
      throw new NotTaken(`${what}: token: it holds something else than one token.`);
    }
    return `Bearer ${value}`;
  };
  return {
    what,
    queue: queueFolder(grafanaQueue(name)),
    url: place,
    message: ({ id, content }) => {
      const { kind, service, text, details, from, to } = content as Notice;
      return {
        headers: { authorization: authorization(), "content-type": "application/json" },
        body: JSON.stringify({
          time: from,
          timeEnd: to,
          tags: ["hms", service, kind, ...tags, idTag(id)],
          text: [text, ...details].map(escapeHtml).join("\n"),
        }),
      };
    },
    arrived: async ({ id }, signal) => {
      const query = new URLSearchParams({ tags: idTag(id), type: "annotation", limit: "1" });
      const answer = await request(
        `${place}?${String(query)}`,
        { method: "GET", headers: { authorization: authorization(), accept: "application/json" } },
        signal,
      );
      if (answer.status === 401 || answer.status === 403) {
        // A token that may write and not read: nobody can tell.
        return false;
      }
      if (answer.status >= 300) {
        throw new NotTaken(`it answers ${String(answer.status)}`);
      }
      return Array.isArray(answer.found) && answer.found.length > 0;
    },
    timeoutSeconds,
    keepDays,
  };
}

/** Grafana shows the text of an annotation as HTML. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
