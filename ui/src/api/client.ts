/** The calls of the server, typed by its endpoint table (`types.ts`, which `docs/generate.py` writes). */

import { createStore } from "@/data/store";
import { calls, type Calls } from "./types";

export type CallName = keyof Calls;

/** Where the pages stand: the server's address with its prefix, ending with a slash. */
export const ROOT = new URL(".", document.baseURI.split("#")[0]).href;

/** What the server said instead of an answer. */
export class CallError extends Error {
  /**
   * @param status HTTP status; 0 if the server was not reached.
   * @param code MLflow's error code, such as RESOURCE_DOES_NOT_EXIST.
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "CallError";
  }
}

/** Tells the app that the server wants people to sign in. */
export const unauthenticated = new EventTarget();

/** Whether the server answered the last time that it was asked. */
export const isReached = createStore(true);

/** What a proxy says when the server behind it does not answer. */
const GATEWAY: readonly number[] = [502, 504];

/** Makes a call and returns its answer; throws {@link CallError}. */
export async function call<K extends CallName>(
  name: K,
  request: Calls[K]["request"],
  signal?: AbortSignal,
): Promise<Calls[K]["response"]> {
  const { verb, path, in_query: inQuery } = calls[name];
  const fields = { ...(request as Record<string, unknown>) };
  const filled = path.replace(/\{(\w+)(?::path)?\}/g, (_, field: string) => {
    const value = String(fields[field]);
    delete fields[field];
    return value.split("/").map(encodeURIComponent).join("/");
  });
  const init: RequestInit = { method: verb, headers: { "X-Requested-With": "headrace" } };
  if (signal) init.signal = signal;
  let url = ROOT + filled;
  if (inQuery) url += query(fields);
  else {
    init.body = JSON.stringify(fields);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  }
  const response = await send(url, init);
  return (await response.json()) as Calls[K]["response"];
}

/** Fetches something of the server that is not JSON, or not in the table; throws {@link CallError}. */
export async function send(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    isReached.set(false);
    throw new CallError(0, "UNREACHABLE", "The server does not answer. Is it running, and is the network up?");
  }
  isReached.set(!GATEWAY.includes(response.status));
  if (response.ok) return response;
  if (response.status === 401) unauthenticated.dispatchEvent(new Event("needed"));
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { error_code?: string; message?: string };
    throw new CallError(response.status, body.error_code ?? "ERROR", body.message ?? text);
  } catch (error) {
    if (error instanceof CallError) throw error;
    throw new CallError(response.status, "ERROR", text.slice(0, 500) || `The server answered ${response.status}.`);
  }
}

/** Returns `?a=1&b=2`; lists repeat their name, what is undefined or null is left out. */
export function query(fields: Record<string, unknown>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) parts.append(name, String(item));
    }
  }
  const text = parts.toString();
  return text && `?${text}`;
}
