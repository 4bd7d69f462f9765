import { type GatewayReply, StowageError, toErrorBody, placeOf } from '@stowage/contracts';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Broker, Delivery, DeliveryHandler, Subscription, Verdict } from '../broker.js';
import { DeadLetter } from './dead-letter.js';
import { FairTurns, type TurnLimits } from './fair-turns.js';
import type { Route } from './handlers.js';
import { MessageContext } from './message-context.js';
import type { MessageData } from './message-data.js';

const DEFAULT_PREFETCH = 50;
const DEFAULT_DEADLINE_MS = 5_000;
const ACK: Verdict = { verdict: 'ack' };
const REQUEUE: Verdict = { verdict: 'requeue' };

export interface BrokerTransportOptions {
  /** Opened and closed by the caller; the transport only consumes from it. */
  broker: Broker;
  /** Messages taken at once, by queue; 50 where not given. Without `turns` as many are handled at once. */
  prefetch?: Record<string, number>;
  /**
   * Queues that one organization must not fill for others: of what is prefetched, the organizations (header
   * `organization-id`) are handled in rotation. A queue itself is first in, first out, so whoever comes behind a flood is
   * passed forward only within the prefetch; it should be as long as a flood is.
   */
  turns?: Record<string, TurnLimits>;
  /**
   * What a service is answered when its request cannot be read, is refused by a pipe or guard, or its handler throws:
   * whole and signed. Without it, or when it returns undefined, there is no reply.
   */
  answerServiceError?: (error: unknown, context: MessageContext) => unknown;
  /** What an error means that no handler threw on purpose, before anything is decided by it; may be the error itself. */
  explain?: (error: unknown) => Promise<unknown>;
  /** Told of a command or event that cannot be read, before it goes to the dead letters. What it throws is a reason to retry. */
  refuseUnread?: (error: StowageError, context: MessageContext) => Promise<void>;
  observer?: TransportObserver;
}

/** Called in passing, so it must be quick and must not throw. */
export interface TransportObserver {
  /** @param outcome `ok`, or the code of the error that the handler threw */
  handled(route: Route, outcome: string, seconds: number): void;
  /** A request was not run, or not answered, as its deadline had passed. */
  expired(route: Route): void;
}

/**
 * NestJS's door to a Broker. Handlers of `handlers.ts` return or throw; here it is decided what becomes of the message.
 *
 * - events and commands: returned -> acknowledged; a StowageError that is not retryable, or DeadLetter -> dead letters;
 *   anything else -> the retry ladder;
 * - requests: always acknowledged; past the deadline neither run nor answered.
 */
export class BrokerTransport extends Server implements CustomTransportStrategy {
  private readonly subscriptions: Subscription[] = [];
  private readonly turns: FairTurns[] = [];
  private queues: string[] = [];

  constructor(private readonly options: BrokerTransportOptions) {
    super();
  }

  /** Whether every queue that has handlers is being consumed at this moment. */
  get consuming(): boolean {
    const { consuming } = this.options.broker.status;
    return this.queues.length > 0 && this.queues.every((queue) => consuming.includes(queue));
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.consumeAll();
    } catch (error) {
      return callback(error);
    }
    callback();
  }

  /** Drains: takes nothing new, waits for running handlers, aborts those that take longer than the broker's drain. */
  async close(): Promise<void> {
    this.queues = [];
    const cancelled = this.subscriptions.splice(0).map((subscription) => subscription.cancel());
    // What is only prefetched goes back at once; not before, or it would come here again.
    this.turns.splice(0).forEach((turns) => turns.close());
    await Promise.all(cancelled);
  }

  override on(): never {
    throw new Error('This transport has no events; see its broker');
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the signature of the base class
  override unwrap<T = Broker>(): T {
    return this.options.broker as T;
  }

  private async consumeAll(): Promise<void> {
    const queues = this.handlersByQueue();
    this.queues = [...queues.keys()];
    await Promise.all(
      [...queues].map(async ([queue, handlers]) => {
        const prefetch = this.options.prefetch?.[queue] ?? DEFAULT_PREFETCH;
        const handle = this.inTurn(queue, (delivery) => this.handle(delivery, handlers));
        this.subscriptions.push(await this.options.broker.consume(queue, { prefetch }, handle));
      }),
    );
  }

  private inTurn(queue: string, handle: DeliveryHandler): DeliveryHandler {
    const limits = this.options.turns?.[queue];
    if (limits === undefined) return handle;
    const turns = new FairTurns(limits);
    this.turns.push(turns);
    return async (delivery) => {
      // While it waited, its channel may have been lost: then it comes again.
      const begin = (): Promise<Verdict> => (delivery.signal.aborted ? Promise.resolve(REQUEUE) : handle(delivery));
      return (await turns.run(delivery.headers['organization-id'] ?? '', begin)) ?? REQUEUE;
    };
  }

  private handlersByQueue(): Map<string, Map<string, RoutedHandler>> {
    const queues = new Map<string, Map<string, RoutedHandler>>();
    for (const handler of this.messageHandlers.values()) {
      const route = handler.extras?.['route'] as Route | undefined;
      if (route === undefined) continue;
      const handlers = queues.get(route.queue) ?? new Map<string, RoutedHandler>();
      queues.set(route.queue, handlers.set(route.routingKey, { route, handler }));
    }
    return queues;
  }

  private async handle(delivery: Delivery, handlers: Map<string, RoutedHandler>): Promise<Verdict> {
    const routed = handlers.get(delivery.routing_key);
    if (routed?.route.exchange !== delivery.exchange) return { verdict: 'dead-letter', reason: 'request.not_found' };
    if (routed.route.kind === 'event') return this.settleEvent(delivery, routed);
    return this.settleRequest(delivery, routed);
  }

  private async settleEvent(delivery: Delivery, { route, handler }: RoutedHandler): Promise<Verdict> {
    const context = new MessageContext(delivery, deadlineOf(delivery));
    const begun = performance.now();
    try {
      await this.run(handler, await this.readEvent(context), context);
      this.tell(route, begun);
      return ACK;
    } catch (error) {
      this.tell(route, begun, error);
      return this.verdictOn(error, delivery);
    } finally {
      context.release();
    }
  }

  /** @throws DeadLetter without the body: what cannot be read cannot be freed of a secret either */
  private async readEvent(context: MessageContext): Promise<Record<string, unknown>> {
    try {
      return context.message.data;
    } catch (error) {
      if (!(error instanceof StowageError)) throw error;
      await this.options.refuseUnread?.(error, context);
      throw new DeadLetter(error.code, { unread_bytes: context.envelope.body.length });
    }
  }

  private verdictOn(error: unknown, delivery: Delivery): Verdict {
    if (error instanceof DeadLetter) return { verdict: 'dead-letter', reason: error.reason, body: error.body };
    if (error instanceof StowageError && !error.retryable) return { verdict: 'dead-letter', reason: error.code };
    if (delivery.signal.aborted) return REQUEUE;
    return { verdict: 'retry', reason: this.report(error, delivery).code };
  }

  private async settleRequest(delivery: Delivery, { route, handler }: RoutedHandler): Promise<Verdict> {
    const context = new MessageContext(delivery, deadlineOf(delivery) ?? Date.now() + DEFAULT_DEADLINE_MS);
    if (context.expired) {
      this.options.observer?.expired(route);
      return ACK;
    }
    const answer = route.kind === 'gateway-request' ? this.answerGateway : this.answerService;
    const begun = performance.now();
    let request: MessageData | undefined;
    let failure: unknown;
    try {
      const reply = await answer(context, async () => {
        try {
          request = context.message;
          return await this.run(handler, request.data, context);
        } catch (error) {
          failure = error;
          throw error;
        }
      });
      this.tell(route, begun, failure);
      if (context.expired) this.options.observer?.expired(route);
      else if (reply !== undefined) await delivery.reply(inShapeOf(request, reply));
    } catch (error) {
      this.report(error, delivery);
    } finally {
      context.release();
    }
    return ACK;
  }

  private readonly answerGateway: Answer = async (context, run) => {
    try {
      return { ok: true, result: (await run()) ?? null } satisfies GatewayReply<unknown>;
    } catch (error) {
      return { ok: false, error: this.report(error, context.envelope) } satisfies GatewayReply<unknown>;
    }
  };

  private readonly answerService: Answer = async (context, run) => {
    try {
      return await run();
    } catch (error) {
      this.report(error, context.envelope);
      return this.options.answerServiceError?.(error, context);
    }
  };

  private run(handler: MessageHandler, data: unknown, context: MessageContext): Promise<unknown> {
    return new Promise((resolve) => {
      this.runWithProcessingHooks(context, async (ended) => {
        const outcome = resultOf(handler, data, context);
        resolve(this.explained(outcome));
        await outcome.then(ended, ended);
      });
    });
  }

  private async explained(outcome: Promise<unknown>): Promise<unknown> {
    try {
      return await outcome;
    } catch (error) {
      const { explain } = this.options;
      if (explain === undefined || error instanceof StowageError || error instanceof DeadLetter) throw error;
      throw await explain(error);
    }
  }

  private tell(route: Route, begun: number, failure?: unknown): void {
    const { observer } = this.options;
    if (observer === undefined) return;
    observer.handled(route, outcomeOf(failure), (performance.now() - begun) / 1000);
  }

  /** Logs what was not thrown on purpose: never the message, which may hold secrets. */
  private report(error: unknown, { routing_key: key, message_id: id }: Pick<Delivery, 'routing_key' | 'message_id'>) {
    if (!(error instanceof StowageError)) {
      this.logger.error(`${key} ${id ?? ''} failed: ${placeOf(error)}`);
    }
    return toErrorBody(error);
  }
}

function outcomeOf(failure: unknown): string {
  if (failure === undefined) return 'ok';
  if (failure instanceof DeadLetter) return failure.reason;
  return failure instanceof StowageError ? failure.code : 'request.internal';
}

interface RoutedHandler {
  route: Route;
  handler: MessageHandler;
}

type Answer = (context: MessageContext, run: () => Promise<unknown>) => Promise<unknown>;

async function resultOf(handler: MessageHandler, data: unknown, context: MessageContext): Promise<unknown> {
  const result: unknown = await handler(data, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

function deadlineOf({ headers: { deadline } }: Delivery): number | null {
  return typeof deadline === 'number' && isTime(deadline) ? deadline : null;
}

/** ECMAScript's range: what is beyond it no database takes either. */
const isTime = (epochMs: number): boolean => !Number.isNaN(new Date(epochMs).getTime());

/** A NestJS client learns errors from the reply itself, so `err` is never used. */
function inShapeOf(request: MessageData | undefined, reply: unknown): unknown {
  return request?.nest ? { response: reply, isDisposed: true, id: request.nest.id } : reply;
}
