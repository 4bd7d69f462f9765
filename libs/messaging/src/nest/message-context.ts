import { BaseRpcContext } from '@nestjs/microservices';
import type { Delivery, IncomingMessage } from '../broker.js';
import { LONGEST_TIMER_MS } from '../longest-timer.js';
import { type MessageData, readMessageData } from './message-data.js';

/** What a handler may know and do beside its data: `handle(@Payload() data: Data, @Ctx() context: MessageContext)`. */
export class MessageContext extends BaseRpcContext<[IncomingMessage]> {
  private controller: AbortController | undefined;
  private deadlineTimer: NodeJS.Timeout | undefined;
  private read: MessageData | undefined;

  /** @param deadline epoch milliseconds, or null where there is none */
  constructor(
    private readonly delivery: Delivery,
    readonly deadline: number | null,
  ) {
    super([delivery]);
  }

  /** Properties and headers of the message; `exchange` and `routing_key` are those of its first publication. */
  get envelope(): IncomingMessage {
    return this.delivery;
  }

  /** Read once. @throws StowageError as `readMessageData` does */
  get message(): MessageData {
    return (this.read ??= readMessageData(this.delivery));
  }

  get expired(): boolean {
    return this.deadline !== null && Date.now() >= this.deadline;
  }

  /** Fires at the deadline, when a drain runs out of time, and when the channel of the message is lost. */
  get signal(): AbortSignal {
    this.controller ??= this.watch(new AbortController());
    return this.controller.signal;
  }

  /** Sends an intermediate reply. Where nobody asked for one, or after the deadline, it does nothing. */
  async progress(data: unknown): Promise<void> {
    if (!this.expired) await this.delivery.reply(data, { progress: true });
  }

  /** Called by the transport when the handler has ended. */
  release(): void {
    clearTimeout(this.deadlineTimer);
    this.delivery.signal.removeEventListener('abort', this.followDelivery);
  }

  private watch(controller: AbortController): AbortController {
    const { signal } = this.delivery;
    if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener('abort', this.followDelivery, { once: true });
    if (this.deadline !== null) {
      const passed = (): void => controller.abort(new DOMException('The deadline passed', 'TimeoutError'));
      const remaining = Math.min(Math.max(0, this.deadline - Date.now()), LONGEST_TIMER_MS);
      this.deadlineTimer = setTimeout(passed, remaining);
    }
    return controller;
  }

  private readonly followDelivery = (): void => this.controller?.abort(this.delivery.signal.reason);
}
