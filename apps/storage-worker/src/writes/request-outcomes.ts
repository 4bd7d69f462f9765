import { Injectable } from '@nestjs/common';
import {
  type ErrorBody,
  type GatewayReply,
  type GatewayRequest,
  isErrorCode,
  StowageError,
  toErrorBody,
} from '@stowage/contracts';
import { RequestOutcomeEntity } from '@stowage/entities';
import { DataSource, type EntityManager, IsNull } from 'typeorm';

type Asked = Pick<GatewayRequest, 'request_id' | 'organization_id'>;

/** What each gateway request came to: read by a gateway that waited in vain, and by a worker that meets it again. */
@Injectable()
export class RequestOutcomes {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Does the work unless it was done. A success is recorded by its own transaction (`WriteTransactions`), a refusal
   * here: it changed nothing that it could be lost with.
   */
  async once<T>(request: Asked, work: () => Promise<T>): Promise<T> {
    const earlier = await findOutcome<T>(this.dataSource.manager, request);
    if (earlier !== null) return repeatOutcome(earlier);
    try {
      return await work();
    } catch (error) {
      if (error instanceof StowageError) await this.record(request, { ok: false, error: toErrorBody(error) });
      throw error;
    }
  }

  /** For work whose transaction is not ours: an operation that was queued or cancelled. */
  async onceAndRecorded<T>(request: Asked, work: () => Promise<T>): Promise<T> {
    return this.once(request, async () => {
      const result = await work();
      await this.record(request, { ok: true, result });
      return result;
    });
  }

  private async record({ request_id, organization_id }: Asked, reply: GatewayReply<unknown>): Promise<void> {
    await this.dataSource.query(
      'INSERT INTO request_outcomes (request_id, organization_id, reply) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [request_id, organization_id, JSON.stringify(reply)],
    );
  }
}

/** A request's, and so its organization's: another's by the same id is none. */
export async function findOutcome<T>(
  manager: EntityManager,
  { request_id: requestId, organization_id }: Asked,
): Promise<GatewayReply<T> | null> {
  const organizationId = organization_id ?? IsNull();
  const outcome = await manager.findOneBy(RequestOutcomeEntity, { requestId, organizationId });
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
