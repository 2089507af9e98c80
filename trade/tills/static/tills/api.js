// Requests to the server. With a till's key they carry nothing else; without it they use the session of a person.
import { noteServerTime } from "./clock.js";
import { say } from "./screen.js";
import { announce } from "./store.js";

const TIMEOUT_MS = 30_000;
let reached = true;

// No whole answer arrived, so nobody knows whether the request was carried out.
export class NoAnswer extends Error {}

// Return whether the last request has reached the service. A network alone does not tell this.
export const isReached = () => reached;

function noteReached(value) {
  if (reached === value) return;
  reached = value;
  announce("network");
}

// Return the status, the parsed body and the seconds of Retry-After. Throw NoAnswer if no whole answer arrives.
export async function request(path, options = {}) {
  const { answer, text } = await send(path, options).catch((error) => {
    noteReached(false);
    throw new NoAnswer(error.message);
  });
  const data = parse(text);
  noteReached(!text || data !== null);  // a page of a proxy is no answer of the service
  await noteServerTime(answer.headers.get("Date"));
  return { status: answer.status, data, retryAfter: Number(answer.headers.get("Retry-After")) || 0 };
}

async function send(path, { key, method = "GET", body, headers = {} }) {
  const answer = await fetch(path, {
    method, body, cache: "no-store", redirect: "error",
    credentials: key ? "omit" : "same-origin",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      Accept: "application/json",
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(key ? { Authorization: `Bearer ${key}` } : { "X-CSRFToken": readToken() }),
      ...headers,
    },
  });
  return { answer, text: await answer.text() };
}

const readToken = () => /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] || "";

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;  // an error page of a proxy, for instance
  }
}

// Return the sentences of a refusal, without the names of its fields. They name products as the `lines` that were sent.
export function readRefusal({ data, status }, lines = []) {
  const sentences = [], isArchived = ({ code }) => ["product_archived", "kit_archived"].includes(code);
  const sayLine = (line, one) => {
    const part = line?.parts?.find(({ product }) => product === one.product);
    if (line && isArchived(one)) return say("archived_product", part || line);
    return `${line?.name}${part ? ` (${part.name})` : ""}: ${one.detail}`;
  };
  const refused = data?.code === "invalid_lines" ? data.lines.map((one) => sayLine(lines[one.line], one))
    : data && isArchived(data) && sayLine(lines.find((line) => line.product === data.product), data);
  const collect = (value) => {
    if (typeof value === "string") sentences.push(value);
    else if (Array.isArray(value)) value.forEach(collect);
    else if (value && typeof value === "object") Object.entries(value).forEach(([name, part]) => name !== "code" && collect(part));
  };
  collect(refused || (data?.detail ?? data));
  return [...new Set(sentences)].join(" ") || `HTTP ${status}`;
}
