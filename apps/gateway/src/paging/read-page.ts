import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { decodeCursor, encodeCursor, type Position, type RowIds } from './cursor.js';
import type { PageQuery } from './page.query.js';

/** Some items of a list, and where the next page begins. */
export class Page<T> {
  constructor(
    readonly items: T[],
    readonly next: string | null,
  ) {}

  map<U>(view: (item: T) => U): Page<U> {
    return new Page(this.items.map(view), this.next);
  }
}

export interface PageOrder {
  /** Property of the entity that holds the time to order by; `id` settles ties. */
  by: string;
  direction: 'ASC' | 'DESC';
  defaultLimit: number;
  /** What the ids of the rows are. Default UUIDs. */
  ids?: RowIds;
}

/** Keyset paging: the cost of a page does not grow with its number, and rows that come or go move no other row. */
export async function readPage<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  { limit, cursor }: PageQuery,
  { by, direction, defaultLimit, ids = 'uuids' }: PageOrder,
): Promise<Page<T>> {
  const size = limit ?? defaultLimit;
  const { alias } = query;
  query
    .addSelect(`CAST(${alias}.${by} AS text)`, 'position_at')
    .orderBy(`${alias}.${by}`, direction)
    .addOrderBy(`${alias}.id`, direction)
    .limit(size + 1);
  if (cursor !== undefined) {
    const after = direction === 'ASC' ? '>' : '<';
    query.andWhere(`(${alias}.${by}, ${alias}.id) ${after} (:at, :id)`, decodeCursor(cursor, ids));
  }
  const { entities, raw } = await query.getRawAndEntities<{ position_at: string }>();
  const items = entities.slice(0, size);
  const last: Position | undefined = entities.length > size ? positionOf(items, raw) : undefined;
  return new Page(items, last ? encodeCursor(last) : null);
}

function positionOf(items: ObjectLiteral[], raw: { position_at: string }[]): Position {
  const index = items.length - 1;
  return { at: raw[index]!.position_at, id: (items[index] as { id: string }).id };
}
