import { Injectable } from '@nestjs/common';
import type { Tenant } from '@stowage/entities';
import { Database } from '../database/database.js';

/** Small enough that what a page writes to one stream has left the process before the next one. */
const PAGE = 100;

/**
 * A place in the order of events. Ids alone are no order: they are drawn before the commit, so one that is lower may
 * turn up later. Transactions are numbered likewise, but of them PostgreSQL tells the oldest that still runs.
 */
export interface Position {
  transaction: bigint;
  /** Of the outbox row: settles the order within a transaction. */
  id: bigint;
}

export interface OutboxEvent {
  /** Whose it is; null for the platform's own. */
  tenant: Tenant;
  position: Position;
  /** The event as it goes over the wire (WHATWG HTML section 9.2.6); one for all who listen. */
  frame: Buffer;
}

/**
 * All transactions below it have ended, so nothing can turn up there any more (pg_snapshot_xmin). A transaction that
 * writes for minutes, in whatever database of the server, holds it back for as long.
 */
export interface Horizon {
  transaction: bigint;
  /** Events are committed beyond it, and will be readable once an older transaction has ended. */
  eventsBeyond: boolean;
}

interface Row {
  id: string;
  transaction_id: string;
  organization_id: Tenant;
  event: string;
  data: string;
}

/** Reads the events that the worker has recorded, in an order that no late commit disturbs. */
@Injectable()
export class Outbox {
  /** What is being read, by what it is: a thousand listeners that come back at once want the same. */
  private readonly reading = new Map<string, Promise<unknown>>();

  constructor(private readonly database: Database) {}

  /** @throws StowageError `request.unavailable` */
  async horizon(): Promise<Horizon> {
    const [row]: [{ transaction: string; events_beyond: boolean }] = await this.database.read([], (manager) =>
      manager.query(`
        SELECT horizon::text AS transaction,
               outbox_has_events_from(horizon::text::bigint) AS events_beyond
          FROM pg_snapshot_xmin(pg_current_snapshot()) AS horizon`),
    );
    return { transaction: BigInt(row.transaction), eventsBeyond: row.events_beyond };
  }

  /**
   * Where an event of this tenant stands; undefined when it is gone (events are kept for 24 h) or not one of theirs.
   * @throws StowageError `request.unavailable`
   */
  find(tenant: Tenant, id: bigint): Promise<Position | undefined> {
    return this.together(`${tenant} ${id}`, async () => {
      const [row]: { transaction_id: string }[] = await this.database.read([tenant], (manager) =>
        manager.query('SELECT transaction_id FROM outbox WHERE id = $1 AND organization_id IS NOT DISTINCT FROM $2', [
          id,
          tenant,
        ]),
      );
      return row && { transaction: BigInt(row.transaction_id), id };
    });
  }

  /**
   * The events of these tenants, page by page.
   * @param after exclusive
   * @param before transaction, exclusive
   * @throws StowageError `request.unavailable`
   */
  async *between(tenants: readonly Tenant[], after: Position, before: bigint): AsyncGenerator<OutboxEvent[]> {
    let position: Position | undefined = after;
    while (position && position.transaction < before) {
      const events: OutboxEvent[] = await this.page(tenants, position, before);
      yield events;
      position = events.length === PAGE ? events.at(-1)!.position : undefined;
    }
  }

  private page(tenants: readonly Tenant[], after: Position, before: bigint): Promise<OutboxEvent[]> {
    const page = `${tenants.join()} ${after.transaction} ${after.id} ${before}`;
    return this.together(page, () => this.readPage(tenants, after, before));
  }

  /** Whoever asks gets the same: an event keeps its place, and below a horizon none is added. */
  private together<T>(what: string, read: () => Promise<T>): Promise<T> {
    const known = this.reading.get(what) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const reading = read().finally(() => this.reading.delete(what));
    this.reading.set(what, reading);
    return reading;
  }

  private async readPage(tenants: readonly Tenant[], after: Position, before: bigint): Promise<OutboxEvent[]> {
    const rows: Row[] = await this.database.read(tenants, (manager) =>
      manager.query(
        `SELECT id, transaction_id, organization_id, event, data::text AS data
           FROM outbox
          WHERE (organization_id = ANY($1) OR ($5 AND organization_id IS NULL))
            AND (transaction_id, id) > ($2, $3) AND transaction_id < $4
          ORDER BY transaction_id, id
          LIMIT ${PAGE}`,
        [tenants.filter((tenant) => tenant !== null), after.transaction, after.id, before, tenants.includes(null)],
      ),
    );
    return rows.map(toEvent);
  }
}

export function isAfter(one: Position, other: Position): boolean {
  return one.transaction === other.transaction ? one.id > other.id : one.transaction > other.transaction;
}

function toEvent({ id, transaction_id, organization_id: tenant, event, data }: Row): OutboxEvent {
  return {
    tenant,
    position: { transaction: BigInt(transaction_id), id: BigInt(id) },
    // jsonb as text holds no line break.
    frame: Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`),
  };
}
