/** The API's paths and types, generated from its schema, with a client that knows them. */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.js";

export type { components, operations, paths } from "./api.js";

/** The schema's objects by their names: `Schemas["Product"]`. */
export type Schemas = components["schemas"];

/** A client of the service at `baseUrl`; with an access token, in its user's name. */
export function inventory(baseUrl: string, token?: string): Client<paths> {
  const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
  return createClient<paths>({ baseUrl, headers });
}

/** Return whether a refusal names a rule by its `code`. Otherwise it names the wrong fields. */
export function isError(refusal: Schemas["Invalid"]): refusal is Schemas["Error"] {
  return refusal.code !== undefined;
}
