/** Who uses the pages, and whether the server wants them to sign in. */

import { useMemo } from "react";
import { call, unauthenticated } from "@/api/client";
import { ROOT, send } from "@/api/client";
import { queryClient, useCall } from "@/api/live";
import { calls } from "@/api/types";
import { createStore } from "@/data/store";

const RANKS: readonly string[] = ["read", "write", "admin"];

/** What the reader may do; all of it where the server has not said yet, for it checks each call. */
export interface Rights {
  mayWrite: boolean;
  mayAdmin: boolean;
  /** Why a button that changes something is off, for its title; undefined if none is. */
  whyNot: string | undefined;
}

/** Tells what the reader may do. */
export function useRights(): Rights {
  const role = useCall("whoami", {}, { every: false }).data?.role ?? "admin";
  const rank = RANKS.indexOf(role);
  return useMemo(
    () => ({ mayWrite: rank !== 0, mayAdmin: rank !== 0 && rank !== 1, whyNot: rank === 2 ? undefined : `Your role is ${role}: ask an administrator for more` }),
    [rank, role],
  );
}

/** Whether the form to sign in is shown. */
export const signInNeeded = createStore(false);

unauthenticated.addEventListener("needed", () => signInNeeded.set(true));

/** What people sign in with: a name with its password, or a token. */
export type Credentials = { name: string; password: string } | { token: string };

/** Begins a session; throws a CallError if the server does not know the credentials. */
export async function signIn(credentials: Credentials): Promise<void> {
  const authorization =
    "token" in credentials ? `Bearer ${credentials.token}` : `Basic ${encode(`${credentials.name}:${credentials.password}`)}`;
  const { verb, path } = calls.sign_in;
  await send(ROOT + path, {
    method: verb,
    headers: { Authorization: authorization, "Content-Type": "application/json", "X-Requested-With": "headrace" },
    body: "{}",
  });
  signInNeeded.set(false);
  await queryClient.invalidateQueries();
}

/** Ends the session; what was read in it is forgotten. */
export async function signOut(): Promise<void> {
  await call("sign_out", {});
  queryClient.clear();
  location.reload();
}

/** Returns a text as base64 of its UTF-8. */
function encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
