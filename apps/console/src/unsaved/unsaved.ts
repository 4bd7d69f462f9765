import { useEffect, useSyncExternalStore } from 'react';

/** Whether something typed on the page is saved nowhere. */
let unsaved = false;
/** What would discard it, until the person has been asked. */
let waiting: (() => void) | null = null;
const listeners = new Set<() => void>();

export const isUnsaved = (): boolean => unsaved;

/** Marks what a form holds as unsaved while `dirty`; the browser then asks too, before the page is closed or reloaded. */
export function useUnsaved(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return undefined;
    unsaved = true;
    window.addEventListener('beforeunload', warn);
    return forgetUnsaved;
  }, [dirty]);
}

/** What was typed is saved, or not wanted any more. */
export function forgetUnsaved(): void {
  unsaved = false;
  window.removeEventListener('beforeunload', warn);
}

/** Does it, where that loses something only once the person has said so. */
export function leave(go: () => void): void {
  if (!unsaved) return go();
  change(go);
}

export function useWaiting(): boolean {
  return useSyncExternalStore(subscribe, () => waiting !== null);
}

export function stay(): void {
  change(null);
}

export function discard(): void {
  const go = waiting;
  forgetUnsaved();
  change(null);
  go?.();
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function change(next: (() => void) | null): void {
  waiting = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
