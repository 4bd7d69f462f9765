import {
  ERRORS,
  type ErrorBody,
  EXCHANGES,
  type GatewayMethod,
  type GatewayReply,
  isErrorCode,
  schemaOf,
  StowageError,
} from '@stowage/contracts';
import { type Broker, RequestError } from '@stowage/messaging';

export interface WorkerRequestOptions {
  /** Milliseconds from now; also the `deadline` header, after which the worker neither runs nor answers. */
  deadlineMs: number;
  signal?: AbortSignal;
  /** Each intermediate reply: for `storage.test` one `Check`. */
  onProgress?: (data: unknown) => void;
}

/** What the gateway asks of the worker, over `storage.gateway`. */
export class WorkerRequests {
  constructor(private readonly broker: Broker) {}

  /**
   * @throws StowageError what the worker refused with; `request.unavailable` when no worker serves the queue or the
   * broker is away
   * @throws WorkerTimeout when it was sent and no answer came: the outcome, if there is one, is in `request_outcomes`
   */
  async send<T>(method: GatewayMethod, request: object, options: WorkerRequestOptions): Promise<T> {
    const reply = await this.request(method, request, options);
    return resultOf(reply.json() as GatewayReply<T>);
  }

  private async request(method: GatewayMethod, data: object, options: WorkerRequestOptions) {
    try {
      return await this.broker.request(
        {
          exchange: EXCHANGES.gateway,
          routing_key: method,
          app_id: 'gateway',
          headers: { schema: schemaOf(method) },
          data,
        },
        { deadline: Date.now() + options.deadlineMs, signal: options.signal, onProgress: options.onProgress },
      );
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.reason === 'timeout' || error.reason === 'closed') throw new WorkerTimeout();
      throw new StowageError('request.unavailable', UNAVAILABLE, { retryAfter: RETRY_AFTER_S, cause: error });
    }
  }
}

/** What a reply, or the stored outcome of a request, says. @throws StowageError what the worker refused with */
export function resultOf<T>(reply: GatewayReply<T>): T {
  if (reply.ok) return reply.result;
  throw toStowageError(reply.error);
}

/** The request was sent, and no answer came: the deadline passed, or the connection was lost. What it did is not known. */
export class WorkerTimeout extends Error {
  override readonly name = 'WorkerTimeout';
  constructor() {
    super('The worker did not answer');
  }
}

const UNAVAILABLE = 'The storage service is temporarily unavailable. Nothing was changed; try again in a few seconds.';
const RETRY_AFTER_S = 5;

/** An error as it came over the wire. A code that this version does not know stays readable, as an internal error. */
function toStowageError(error: ErrorBody): StowageError {
  const code = isErrorCode(error.code) ? error.code : 'request.internal';
  const retryAfter = ERRORS[code].status === 503 ? RETRY_AFTER_S : undefined;
  return new StowageError(code, error.detail, { errors: error.errors, retryAfter });
}
