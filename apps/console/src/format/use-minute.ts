import { useSyncExternalStore } from 'react';

const MINUTE_MS = 60_000;

/** Draws again each minute what says how long ago something was. */
export function useMinute(): void {
  useSyncExternalStore(everyMinute, () => Math.floor(Date.now() / MINUTE_MS));
}

function everyMinute(onChange: () => void): () => void {
  const timer = setInterval(onChange, MINUTE_MS);
  return () => clearInterval(timer);
}
