import { Injectable } from '@nestjs/common';
import { type ErrorBody, type GatewayReply, isErrorCode, StowageError, toErrorBody } from '@stowage/contracts';
import { RequestOutcomeEntity } from '@stowage/entities';
import { DataSource, type EntityManager } from 'typeorm';

/** What each gateway request came to: read by a gateway that waited in vain, and by a worker that meets it again. */
@Injectable()
export class RequestOutcomes {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Does the work unless it was done. A success is recorded by its own transaction (`WriteTransactions`), a refusal
   * here: it changed nothing that it could be lost with.
   */
  async once<T>(requestId: string, work: () => Promise<T>): Promise<T> {
    const earlier = await findOutcome<T>(this.dataSource.manager, requestId);
    if (earlier !== null) return repeatOutcome(earlier);
    try {
      return await work();
    } catch (error) {
      if (error instanceof StowageError) await this.record(requestId, { ok: false, error: toErrorBody(error) });
      throw error;
    }
  }

  /** For work whose transaction is not ours: an operation that was queued or cancelled. */
  async onceAndRecorded<T>(requestId: string, work: () => Promise<T>): Promise<T> {
    return this.once(requestId, async () => {
      const result = await work();
      await this.record(requestId, { ok: true, result });
      return result;
    });
  }

  private async record(requestId: string, reply: GatewayReply<unknown>): Promise<void> {
    await this.dataSource.query(
      'INSERT INTO request_outcomes (request_id, reply) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [requestId, JSON.stringify(reply)],
    );
  }
}

export async function findOutcome<T>(manager: EntityManager, requestId: string): Promise<GatewayReply<T> | null> {
  const outcome = await manager.findOneBy(RequestOutcomeEntity, { requestId });
  return outcome === null ? null : (outcome.reply as GatewayReply<T>);
}

/** @throws StowageError what the request was refused with */
export function repeatOutcome<T>(reply: GatewayReply<T>): T {
  if (reply.ok) return reply.result;
  throw toStowageError(reply.error);
}

function toStowageError({ code, detail, errors }: ErrorBody): StowageError {
  return new StowageError(isErrorCode(code) ? code : 'request.internal', detail, { errors });
}
