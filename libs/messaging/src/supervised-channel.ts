import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from 'amqplib';
import { backoffMs } from './backoff.js';
import type { BrokerLogger } from './broker-logger.js';
import { reasonOf } from './reason-of.js';

export interface ChannelSetup<C extends Channel> {
  /** For the log. */
  purpose: string;
  open: () => Promise<C>;
  /** Prepares each new channel before it is used; `lost` fires when that channel is gone. */
  setup?: (channel: C, lost: AbortSignal) => Promise<void>;
  logger: BrokerLogger;
}

/**
 * A channel that is opened and set up again after every kind of loss: an error of its own, a cancelled consumer, a lost
 * connection. amqplib recovers connections, not channels.
 */
export class SupervisedChannel<C extends Channel = Channel> {
  /** The channel while it is open and set up. */
  current: C | undefined;
  private readonly closing = new AbortController();
  private readonly waiting = new Set<() => void>();

  constructor(private readonly options: ChannelSetup<C>) {
    void this.keepOpen();
  }

  /** The open channel, or undefined if there is none within `timeoutMs` or before the signal fires. */
  async opened(timeoutMs: number, signal?: AbortSignal): Promise<C | undefined> {
    if (this.current === undefined && !this.closing.signal.aborted && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', settle);
          this.waiting.delete(settle);
          resolve();
        };
        const timer = setTimeout(settle, timeoutMs);
        signal?.addEventListener('abort', settle, { once: true });
        this.waiting.add(settle);
      });
    }
    return this.current;
  }

  /** Closes the channel for good; the broker hands what was not acknowledged to others. */
  async close(): Promise<void> {
    this.closing.abort();
    this.wakeWaiting();
    if (this.current !== undefined) await closeQuietly(this.current);
  }

  private async keepOpen(): Promise<void> {
    const { signal } = this.closing;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const { untilLost } = await this.openOnce();
        failures = 0;
        await untilLost;
      } catch (error) {
        if (!signal.aborted && failures === 0) {
          const { purpose, logger } = this.options;
          logger.warn(`The channel to ${purpose} is lost, opening another: ${reasonOf(error)}`);
        }
      }
      failures++;
      await delay(backoffMs(failures), undefined, { signal }).catch(() => undefined);
    }
  }

  private async openOnce(): Promise<{ untilLost: Promise<void> }> {
    const channel = await this.options.open();
    const lost = new AbortController();
    const untilLost = new Promise<void>((resolve, reject) => {
      let cause: Error | undefined;
      channel.on('error', (error) => (cause = error));
      // First of all listeners: those who lose a message by this must find the channel marked as lost.
      channel.prependListener('close', () => {
        this.current = undefined;
        lost.abort();
        if (cause) reject(cause);
        else resolve();
      });
    });
    untilLost.catch(() => undefined);
    try {
      await this.options.setup?.(channel, lost.signal);
    } catch (error) {
      await closeQuietly(channel);
      throw error;
    }
    if (this.closing.signal.aborted) await closeQuietly(channel);
    else if (!lost.signal.aborted) this.current = channel;
    this.wakeWaiting();
    return { untilLost };
  }

  private wakeWaiting(): void {
    for (const wake of this.waiting) wake();
  }
}

/** amqplib throws where the channel is closed already, and never answers where its connection is lost meanwhile. */
export async function closeQuietly(channel: Channel): Promise<void> {
  const lost = new Promise<void>((resolve) => channel.once('close', resolve));
  await Promise.race([channel.close().catch(() => undefined), lost]);
}
