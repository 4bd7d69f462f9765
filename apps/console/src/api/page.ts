/** Some items of a list, newest or first ones first, and where the next page begins. */
export interface Page<T> {
  items: T[];
  /** Null on the last page. */
  next: string | null;
}

interface Answer<T> {
  data?: T[];
  response: Response;
}

/** The page that a call answered; where the next one begins stands in its `Link` header (RFC 8288). */
export function pageOf<T>({ data, response }: Answer<T>): Page<T> {
  return { items: data ?? [], next: cursorIn(response.headers.get('link')) };
}

export function cursorIn(link: string | null): string | null {
  const [, target] = /<([^>]*)>;\s*rel="next"/.exec(link ?? '') ?? [];
  return target === undefined ? null : new URL(target, location.href).searchParams.get('cursor');
}
