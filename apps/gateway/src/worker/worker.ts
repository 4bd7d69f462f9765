import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { resultOf, WorkerRequests, WorkerTimeout, type WorkerRequestOptions } from '@stowage/client';
import { type GatewayMethod, type GatewayReply, type GatewayRequest, StowageError } from '@stowage/contracts';
import { RequestOutcomeEntity } from '@stowage/entities';
import type { Broker } from '@stowage/messaging';
import { BROKER } from '../broker.module.js';
import { Database } from '../database/database.js';
import { Metrics } from '../metrics/metrics.js';

/** rest.md gives a write 5 s as a whole: what the worker has of them, and what is kept to look for its outcome. */
const WORKER_DEADLINE_MS = 4_200;
/** A worker that began to commit just before the deadline is done by then. */
const OUTCOME_GRACE_MS = 300;
const OUTCOME_DEADLINE_MS = 500;
const RETRY_AFTER_S = 5;

/** The only one that writes; the gateway asks it. */
@Injectable()
export class Worker {
  private readonly requests: WorkerRequests;

  constructor(
    @Inject(BROKER) broker: Broker,
    private readonly database: Database,
    private readonly metrics: Metrics,
  ) {
    this.requests = new WorkerRequests(broker);
  }

  /**
   * A write: done, refused, or not done, within 5 s. An answer that was lost on its way is found by the request's id.
   * @throws StowageError what the worker refused with, or `request.unavailable`
   */
  async write<T>(method: GatewayMethod, request: GatewayRequest): Promise<T> {
    try {
      return await this.send<T>(method, request, { deadlineMs: WORKER_DEADLINE_MS });
    } catch (error) {
      if (error instanceof WorkerTimeout) return this.storedOutcome<T>(request, error);
      throw error;
    }
  }

  /**
   * A test: it changes nothing that the answer would have to be looked for.
   * @throws StowageError as `write`
   */
  async test<T>(request: GatewayRequest, options: WorkerRequestOptions): Promise<T> {
    try {
      return await this.send<T>('storage.test', request, options);
    } catch (error) {
      throw error instanceof WorkerTimeout ? timedOut(error) : error;
    }
  }

  private send<T>(method: GatewayMethod, request: GatewayRequest, options: WorkerRequestOptions): Promise<T> {
    return this.metrics.timeWorkerRequest(method, () => this.requests.send<T>(method, request, options));
  }

  private async storedOutcome<T>(
    { request_id: requestId, organization_id: organizationId }: GatewayRequest,
    timeout: WorkerTimeout,
  ): Promise<T> {
    await delay(OUTCOME_GRACE_MS);
    const outcome = await this.database.read(
      [organizationId],
      (manager) => manager.findOneBy(RequestOutcomeEntity, { requestId }),
      OUTCOME_DEADLINE_MS,
    );
    if (!outcome) throw timedOut(timeout);
    return resultOf(outcome.reply as GatewayReply<T>);
  }
}

function timedOut(cause: WorkerTimeout): StowageError {
  return new StowageError(
    'request.unavailable',
    'The storage service did not answer in time. Try again in a few seconds.',
    {
      retryAfter: RETRY_AFTER_S,
      cause,
    },
  );
}
