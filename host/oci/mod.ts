/** `moult/oci`: modules in OCI registries, and in folders of the same layout. For Node, Deno and Bun. */
export type { CacheOptions } from "./cache.ts";
export type { Credentials, CredentialsFor } from "./credentials.ts";
export { type DockerConfigOptions, dockerCredentials } from "./docker-config.ts";
export type { Facts } from "./facts.ts";
export type { Progress, PullOptions, RegistryOptions, Stale } from "./options.ts";
export { type Pulled, type PullOnceOptions, pull } from "./pull.ts";
export { type Pushed, type PushOptions, push } from "./push.ts";
export { isReference } from "./reference.ts";
export { oci } from "./source.ts";
