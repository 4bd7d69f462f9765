import { useMemo, useSyncExternalStore } from 'react';

/** What the page shows; stands in the address, so that links, Back and a reload lead to it. */
export type View = { name: 'storages' } | { name: 'add' } | { name: 'storage' | 'edit' | 'rotate'; id: string };

export interface Place {
  /** Null for the organization that the token names first, or for the platform when it names none. */
  organizationId: string | null;
  platform: boolean;
  view: View;
}

const NAMES_WITH_ID = ['storage', 'edit', 'rotate'] as const;

export function readPlace(search: string): Place {
  const query = new URLSearchParams(search);
  return {
    organizationId: query.get('organization'),
    platform: query.get('area') === 'platform',
    view: readView(query),
  };
}

export function placeHref({ organizationId, platform, view }: Place): string {
  const query = new URLSearchParams();
  if (platform) query.set('area', 'platform');
  else if (organizationId !== null) query.set('organization', organizationId);
  if (view.name !== 'storages') query.set('view', view.name);
  if ('id' in view) query.set('id', view.id);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

export function usePlace(): Place {
  const search = useSyncExternalStore(subscribe, () => location.search);
  return useMemo(() => readPlace(search), [search]);
}

/** Goes to another view of the same storages. */
export function show(view: View): void {
  go({ ...readPlace(location.search), view });
}

export function go(place: Place): void {
  history.pushState(null, '', placeHref(place));
  window.dispatchEvent(new PopStateEvent('popstate'));
  window.scrollTo(0, 0);
}

function readView(query: URLSearchParams): View {
  const name = query.get('view');
  const id = query.get('id');
  if (name === 'add') return { name };
  const withId = NAMES_WITH_ID.find((known) => known === name);
  return withId && id ? { name: withId, id } : { name: 'storages' };
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('popstate', onChange);
  return () => window.removeEventListener('popstate', onChange);
}
