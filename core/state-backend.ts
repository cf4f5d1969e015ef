/** Where Pulumi keeps the state of its stacks. */

/**
 * The address of a backend, so that a state can be read while another process writes it. In a folder Pulumi puts a state in place at
 * once, but beside it a file of attributes that is empty for a moment: to a reader the state can't be loaded then. Nobody needs them.
 *
 * Source: the package fileblob of Go CDK, parameter `metadata`.
 */
export function withoutAttributes(url: string): string {
  return !url.startsWith("file://") || /[?&]metadata=/.test(url)
    ? url
    : `${url}${url.includes("?") ? "&" : "?"}metadata=skip`;
}
