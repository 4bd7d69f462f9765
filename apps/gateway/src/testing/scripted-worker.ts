import { type GatewayMethod, type GatewayReply, type GatewayRequest, QUEUES, toErrorBody } from '@stowage/contracts';
import type { Broker, Delivery, Subscription } from '@stowage/messaging';

/** A request as it crossed the broker, with what its method adds. */
export type ReceivedRequest = GatewayRequest & Record<string, unknown>;

/** What the scripted worker does with a request: return the result, throw the refusal, or `SILENCE`. */
export type Script = (request: ReceivedRequest, progress: (data: unknown) => Promise<void>) => unknown;

/** A script that returns it never answers. */
export const SILENCE = Symbol('silence');

/** The other end of the broker: answers as the test says, and keeps what it was asked. */
export class ScriptedWorker {
  readonly received: { method: GatewayMethod; request: ReceivedRequest; raw: string }[] = [];
  private readonly scripts = new Map<GatewayMethod, Script>();
  private subscriptions: Subscription[] = [];

  constructor(private readonly broker: Broker) {}

  async start(): Promise<void> {
    this.subscriptions = await Promise.all(
      [QUEUES.gateway, QUEUES.probe].map((queue) =>
        this.broker.consume(queue, { prefetch: 10 }, async (delivery) => {
          await this.handle(delivery);
          return { verdict: 'ack' };
        }),
      ),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.splice(0).map((subscription) => subscription.cancel()));
  }

  on(method: GatewayMethod, script: Script): void {
    this.scripts.set(method, script);
  }

  /** Forgets scripts and requests. */
  reset(): void {
    this.scripts.clear();
    this.received.length = 0;
  }

  get lastRequest(): ReceivedRequest {
    const last = this.received.at(-1);
    if (!last) throw new Error('The worker was not asked anything');
    return last.request;
  }

  private async handle(delivery: Delivery): Promise<void> {
    const method = delivery.routing_key as GatewayMethod;
    const request = delivery.json() as ReceivedRequest;
    this.received.push({ method, request, raw: delivery.body.toString('utf8') });
    const reply = await this.answer(method, request, (data) => delivery.reply(data, { progress: true }));
    if (reply) await delivery.reply(reply);
  }

  private async answer(
    method: GatewayMethod,
    request: ReceivedRequest,
    progress: (data: unknown) => Promise<void>,
  ): Promise<GatewayReply<unknown> | undefined> {
    const script = this.scripts.get(method);
    if (!script) throw new Error(`The test does not say what the worker does with ${method}`);
    try {
      const result = await script(request, progress);
      return result === SILENCE ? undefined : { ok: true, result: result ?? null };
    } catch (error) {
      return { ok: false, error: toErrorBody(error) };
    }
  }
}
