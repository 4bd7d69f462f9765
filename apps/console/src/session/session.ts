import { useSyncExternalStore } from 'react';
import { type Claims, readClaims } from './claims.js';

export interface Session {
  claims: Claims;
  expired: boolean;
}

/** Longest delay that a browser's timer can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1;

// The token lives in this module's memory alone: in no storage, cookie, DOM or URL.
let token = '';
let session: Session | null = null;
let expiry: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

export const bearer = (): string => `Bearer ${token}`;

export const currentSession = (): Session | null => session;

export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, currentSession);
}

/** Called again whenever the session changes; gives the function that ends it. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @returns whether it is a token at all, and not expired already */
export function signIn(given: string): boolean {
  const trimmed = given.trim();
  const claims = readClaims(trimmed);
  if (!claims || claims.expiresAt <= Date.now()) return false;
  token = trimmed;
  clearTimeout(expiry);
  const remainingMs = claims.expiresAt - Date.now();
  if (remainingMs <= MAX_TIMER_MS) expiry = setTimeout(reportUnauthenticated, remainingMs);
  change({ claims, expired: false });
  return true;
}

/** The API no longer takes the token. What is on the page stays: a new token continues where the old one ended. */
export function reportUnauthenticated(): void {
  if (session && !session.expired) change({ ...session, expired: true });
}

/** Takes `#token=…` out of the address before anything else can see it, now and when the platform links here again. */
export function takeTokenFromAddress(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return;
  history.replaceState(history.state, '', location.pathname + location.search);
  signIn(given);
}

function change(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}
