import { Injectable } from '@nestjs/common';
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
  organizationId: string;
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
  organization_id: string;
  event: string;
  data: string;
}

/** Reads the events that the worker has recorded, in an order that no late commit disturbs. */
@Injectable()
export class Outbox {
  constructor(private readonly database: Database) {}

  /** @throws StowageError `request.unavailable` */
  async horizon(): Promise<Horizon> {
    const [row]: [{ transaction: string; events_beyond: boolean }] = await this.database.read((manager) =>
      manager.query(`
        SELECT horizon::text AS transaction,
               EXISTS (SELECT FROM outbox WHERE transaction_id >= horizon::text::bigint) AS events_beyond
          FROM pg_snapshot_xmin(pg_current_snapshot()) AS horizon`),
    );
    return { transaction: BigInt(row.transaction), eventsBeyond: row.events_beyond };
  }

  /**
   * Where an event of this organization stands; undefined when it is gone (events are kept for 24 h) or not one of theirs.
   * @throws StowageError `request.unavailable`
   */
  async find(organizationId: string, id: bigint): Promise<Position | undefined> {
    const [row]: { transaction_id: string }[] = await this.database.read((manager) =>
      manager.query('SELECT transaction_id FROM outbox WHERE id = $1 AND organization_id = $2', [id, organizationId]),
    );
    return row && { transaction: BigInt(row.transaction_id), id };
  }

  /**
   * The events of these organizations, page by page.
   * @param after exclusive
   * @param before transaction, exclusive
   * @throws StowageError `request.unavailable`
   */
  async *between(organizationIds: string[], after: Position, before: bigint): AsyncGenerator<OutboxEvent[]> {
    let position: Position | undefined = after;
    while (position && position.transaction < before) {
      const events: OutboxEvent[] = await this.page(organizationIds, position, before);
      yield events;
      position = events.length === PAGE ? events.at(-1)!.position : undefined;
    }
  }

  private async page(organizationIds: string[], after: Position, before: bigint): Promise<OutboxEvent[]> {
    const rows: Row[] = await this.database.read((manager) =>
      manager.query(
        `SELECT id, transaction_id, organization_id, event, data::text AS data
           FROM outbox
          WHERE organization_id = ANY($1) AND (transaction_id, id) > ($2, $3) AND transaction_id < $4
          ORDER BY transaction_id, id
          LIMIT ${PAGE}`,
        [organizationIds, after.transaction, after.id, before],
      ),
    );
    return rows.map(toEvent);
  }
}

export function isAfter(one: Position, other: Position): boolean {
  return one.transaction === other.transaction ? one.id > other.id : one.transaction > other.transaction;
}

function toEvent({ id, transaction_id, organization_id: organizationId, event, data }: Row): OutboxEvent {
  return {
    organizationId,
    position: { transaction: BigInt(transaction_id), id: BigInt(id) },
    // jsonb as text holds no line break.
    frame: Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`),
  };
}
