/** A request's path as the servers behind the guard understand it, so that no spelling of it goes round a route. Pure. */

/**
 * The path of a request's target: without query, percent signs decoded once, `//`, `.` and `..` resolved, as nginx does it.
 *
 * @param target as it stands in the request: `/map/?zoom=3`
 * @returns undefined when it is no path, or would lead out of the root
 */
export function plainPath(target: string): string | undefined {
  const [raw = ""] = target.split(/[?#]/, 1);
  const decoded = decode(raw);
  if (decoded?.startsWith("/") !== true || decoded.includes("\0")) {
    return undefined;
  }
  const parts: string[] = [];
  const steps = decoded.split("/").slice(1);
  for (const step of steps) {
    if (step === "..") {
      if (parts.length === 0) return undefined;
      parts.pop();
    } else if (step !== "" && step !== ".") {
      parts.push(step);
    }
  }
  const isFolder = ["", ".", ".."].includes(steps.at(-1) ?? "");
  return `/${parts.join("/")}${isFolder && parts.length > 0 ? "/" : ""}`;
}

/** Whether a path is spelt as {@link plainPath} spells it. */
export function isPlainPath(path: string): boolean {
  return !/[?#%]/.test(path) && plainPath(path) === path;
}

/** A host as routes name it: in lower case, without port and last dot. */
export function plainHost(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
