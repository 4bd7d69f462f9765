import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Channel, type ChannelModel, connect, type ConfirmChannel, type RecoveringChannelModel } from 'amqplib';
import { backoffMs } from './backoff.js';
import type { BrokerLogger } from './broker-logger.js';
import type { BrokerStatus } from './broker.js';

const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;
const HEARTBEAT_SECONDS = '10';
/** Timers may fire a little early by the wall clock. */
const TIMER_SLACK_MS = 5;

export interface AmqpConnectionOptions {
  url: string;
  /** Shown by the broker among its connections. */
  name: string;
  /** `publish`, `consume` or `request`: under a memory alarm the broker stops reading connections that publish. */
  role: string;
  /** Run after each connect, before anything else uses the connection. */
  setup?: (model: ChannelModel) => Promise<void>;
  logger: BrokerLogger;
}

/** One connection that reconnects by itself until it is closed. */
export class AmqpConnection {
  state: BrokerStatus['state'] = 'connecting';
  private readonly model: Promise<RecoveringChannelModel>;
  /** When the present or next attempt to connect begins, epoch milliseconds. */
  private attemptAt = 0;

  constructor(private readonly options: AmqpConnectionOptions) {
    this.model = this.open();
  }

  /** Resolves at the first connection; rejects with the signal's reason when it fires before. */
  async ready(signal?: AbortSignal): Promise<void> {
    const connected = (await this.model).waitForConnect();
    if (signal === undefined) return void (await connected);
    signal.throwIfAborted();
    let giveUp = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      giveUp = () => reject(signal.reason as Error);
      signal.addEventListener('abort', giveUp, { once: true });
    });
    await Promise.race([connected, aborted]).finally(() => signal.removeEventListener('abort', giveUp));
  }

  async createChannel(): Promise<Channel> {
    return (await this.model).createChannel();
  }

  async createConfirmChannel(): Promise<ConfirmChannel> {
    return (await this.model).createConfirmChannel();
  }

  async close(): Promise<void> {
    this.state = 'closed';
    await Promise.race([this.closeModel(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  private async closeModel(): Promise<void> {
    const model = await this.model;
    if (Date.now() >= this.attemptAt) await endOfAttempt(model);
    await model.close();
  }

  /**
   * amqplib listens to a new connection only after its set-up, and never to one that opens while it is told to close: an
   * error in between would end the process. So the set-up listens first, and `close` waits for it.
   */
  private async setUp(model: ChannelModel): Promise<void> {
    model.on('error', () => undefined);
    if (this.state === 'closed') throw new Error('The connection is being closed');
    await this.options.setup?.(model);
  }

  private async open(): Promise<RecoveringChannelModel> {
    const { url, name, role } = this.options;
    const model = await connect(withHeartbeat(url), {
      noDelay: true,
      keepAlive: true,
      keepAliveDelay: 10_000,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: `${name}:${role}:${hostname()}:${process.pid}` },
      recovery: {
        waitForConnect: false,
        calculateDelay: backoffMs,
        setup: (opened: ChannelModel) => this.setUp(opened),
      },
    });
    this.follow(model);
    return model;
  }

  private follow(model: RecoveringChannelModel): void {
    const { logger, role } = this.options;
    let told = false;
    const lost = (error: Error): void => {
      this.become('connecting');
      if (!told) logger.warn(`The broker connection to ${role} is away, trying again: ${error.message}`);
      told = true;
    };
    model.on('reconnect-scheduled', ({ delay }) => {
      this.attemptAt = Date.now() + delay - TIMER_SLACK_MS;
    });
    model.on('connect', () => {
      this.attemptAt = Infinity;
      this.become('up');
      if (told) logger.log(`The broker connection to ${role} is back`);
      told = false;
    });
    model.on('disconnect', lost);
    model.on('connect-failed', lost);
    model.on('blocked', () => {
      this.become('blocked');
      logger.warn(`The broker takes no messages on the connection to ${role}: it is short of memory or disk`);
    });
    model.on('unblocked', () => this.become('up'));
    // A 'disconnect' follows; without a listener the process would end.
    model.on('error', () => undefined);
  }

  private become(state: BrokerStatus['state']): void {
    if (this.state !== 'closed') this.state = state;
  }
}

function endOfAttempt(model: RecoveringChannelModel): Promise<void> {
  return new Promise((resolve) => {
    model.once('connect', () => resolve());
    model.once('connect-failed', () => resolve());
  });
}

/** The user that the broker knows this process by. */
export function userOf(url: string): string {
  return decodeURIComponent(new URL(url).username) || 'guest';
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', HEARTBEAT_SECONDS);
  return parsed.href;
}
