/** What the page shows; stands in the address, so that links, Back and a reload lead to it. */
export type View = { name: 'storages' | 'add' | 'audit' } | { name: 'storage' | 'edit' | 'rotate'; id: string };

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

function readView(query: URLSearchParams): View {
  const name = query.get('view');
  const id = query.get('id');
  if (name === 'add' || name === 'audit') return { name };
  const withId = NAMES_WITH_ID.find((known) => known === name);
  return withId && id ? { name: withId, id } : { name: 'storages' };
}
