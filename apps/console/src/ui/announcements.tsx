import { useSyncExternalStore } from 'react';

const SHOWN_MS = 6000;

let message = '';
let hiding: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

/** Says in passing that something is done, to eyes and screen readers. */
export function announce(text: string): void {
  clearTimeout(hiding);
  hiding = setTimeout(() => change(''), SHOWN_MS);
  change(text);
}

export function Announcements() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => message,
  );
  return (
    <div className="announcements" role="status">
      {shown !== '' && <p>{shown}</p>}
    </div>
  );
}

function change(next: string): void {
  message = next;
  for (const listener of listeners) listener();
}
