import { useMemo, useSyncExternalStore } from 'react';
import { type Place, placeHref, readPlace, type View } from './place.js';
import { isUnsaved, leave } from './unsaved/unsaved.js';

/** Of the place that is shown; while the person is asked whether to leave it, the address is put back to it. */
let shown = location.search;
/** Each entry of the history bears its own, so that Back and Forward can be told apart and undone. */
let position = positionOf(history.state) ?? 0;
const listeners = new Set<() => void>();

stampEntry();
window.addEventListener('popstate', followHistory);

export function usePlace(): Place {
  const search = useSyncExternalStore(subscribe, () => shown);
  return useMemo(() => readPlace(search), [search]);
}

/** Goes to another view of the same storages. */
export function show(view: View): void {
  go({ ...readPlace(shown), view });
}

/** Asks first where something typed would be lost. */
export function go(place: Place): void {
  leave(() => {
    position += 1;
    history.pushState({ position }, '', placeHref(place));
    showAddress();
    window.scrollTo(0, 0);
  });
}

function followHistory(): void {
  const target = positionOf(history.state) ?? position + 1;
  const steps = target - position;
  if (location.search !== shown && isUnsaved() && steps !== 0) {
    history.go(-steps);
    leave(() => history.go(steps));
    return;
  }
  position = target;
  stampEntry();
  if (location.search !== shown) showAddress();
}

function showAddress(): void {
  shown = location.search;
  for (const listener of listeners) listener();
}

function stampEntry(): void {
  history.replaceState({ position }, '');
}

function positionOf(state: unknown): number | undefined {
  return (state as { position?: number } | null)?.position;
}

function subscribe(onChange: () => void): () => void {
  listeners.add(onChange);
  return () => listeners.delete(onChange);
}
