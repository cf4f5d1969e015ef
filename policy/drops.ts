/** What is brought into partners' inboxes. */

/** The resources that log in to a partner: the bundle, and the files that are made from it. */
export const drops: ReadonlySet<string> = new Set([
  "pulumi-nodejs:dynamic/hms:Drop",
  "pulumi-nodejs:dynamic/hms:MappedDrop",
]);
