/** A resource's name to the engine: `urn:pulumi:STACK::PROJECT::[PARENT TYPE$]TYPE::NAME`. */

/** The type of the resource: `docker:index/image:Image`. */
export const resourceType = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

/** The name of the resource in the program. */
export const resourceName = (urn: string): string => urn.split("::").slice(3).join("::");
