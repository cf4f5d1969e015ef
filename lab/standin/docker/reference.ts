/** Names of images: `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`. */

/** An image's name in its parts. */
export interface Reference {
  /** Registry and path, as given. */
  readonly repository: string;
  /** The registry, if the name has one. */
  readonly registry?: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const isRegistry = (part: string): boolean => /[.:]/.test(part) || part === "localhost";

/** The parts of a name. */
export function parseReference(name: string): Reference {
  const [tagged = "", digest] = name.split("@", 2);
  const slash = tagged.indexOf("/");
  const first = slash < 0 ? "" : tagged.slice(0, slash);
  const colon = tagged.indexOf(":", tagged.lastIndexOf("/") + 1);
  return {
    repository: colon < 0 ? tagged : tagged.slice(0, colon),
    ...(isRegistry(first) ? { registry: first } : {}),
    ...(colon < 0 ? {} : { tag: tagged.slice(colon + 1) }),
    ...(digest === undefined ? {} : { digest }),
  };
}
