/** A client with the API's paths and types, which are generated from its schema. */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.js";

export type { components, operations, paths } from "./api.js";

/** The schema's objects by their names: `Schemas["Product"]`. */
export type Schemas = components["schemas"];

/** Return a client of the service at `baseUrl`. With an access token, its requests are the user's. */
export function inventory(baseUrl: string, token?: string): Client<paths> {
  const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
  return createClient<paths>({ baseUrl, headers });
}

/** Return whether an error has a `code`. Otherwise it lists messages by field. */
export function isError(refusal: Schemas["Invalid"]): refusal is Schemas["Error"] {
  return refusal.code !== undefined;
}
