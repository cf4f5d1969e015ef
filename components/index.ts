/** The components: what a Pulumi program of one's own can use. */
export { Bundle, type BundleArgs } from "./bundle";
export { DockerTarget, type DockerTargetArgs } from "./docker-target";
export { ImageBuild, type ImageBuildArgs } from "./image-build";
export { KubernetesTarget, type KubernetesTargetArgs } from "./kubernetes-target";
export { MappedDrop, type MappedDropArgs } from "./mapped-drop";
export { PartnerDrop, type PartnerDropArgs } from "./partner-drop";
export { Receipt, type ReceiptArgs } from "./receipt";
export { Release, type ReleaseArgs } from "./release";
export { FarSite, type FarSiteArgs } from "./site/far";
export { Site, type SiteArgs } from "./site";
