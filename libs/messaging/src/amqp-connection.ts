import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Channel, type ChannelModel, connect, type ConfirmChannel, type RecoveringChannelModel } from 'amqplib';
import { backoffMs } from './backoff.js';
import type { BrokerLogger } from './broker-logger.js';
import type { BrokerStatus, ConnectionStatus } from './broker.js';
import { gatherWrites } from './gather-writes.js';
import { type FrameReceiver, ignoreLateFrames } from './ignore-late-frames.js';
import { OutageLog } from './outage-log.js';

const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;
const HEARTBEAT_SECONDS = '10';
/** Timers may fire a little early by the wall clock. */
const TIMER_SLACK_MS = 5;

/** Not among amqplib's types. */
interface RawConnection extends FrameReceiver {
  stream: Writable;
}

export interface AmqpConnectionOptions {
  url: string;
  /** Shown by the broker among its connections. */
  name: string;
  /** `publish`, `consume` or `request`: under a memory alarm the broker stops reading connections that publish. */
  role: string;
  /** Run after each connect, before anything else uses the connection. */
  setup?: (model: ChannelModel) => Promise<void>;
  logger: BrokerLogger;
  /** Where several connections share one. */
  outages?: OutageLog;
}

/** One connection that reconnects by itself until it is closed. */
export class AmqpConnection {
  state: BrokerStatus['state'] = 'connecting';
  private since = Date.now();
  private connects = 0;
  private readonly model: Promise<RecoveringChannelModel>;
  /** When the present or next attempt to connect begins, epoch milliseconds. */
  private attemptAt = 0;

  constructor(private readonly options: AmqpConnectionOptions) {
    this.model = this.open();
  }

  get status(): ConnectionStatus {
    const { state, since, connects } = this;
    return { role: this.options.role, state, since, reconnects: Math.max(0, connects - 1) };
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
    const { connection } = model as unknown as { connection: RawConnection };
    gatherWrites(connection.stream);
    ignoreLateFrames(connection);
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
    const { logger, role, outages = new OutageLog(logger) } = this.options;
    const lost = (error: Error): void => {
      this.become('connecting');
      outages.lost(role, error);
    };
    model.on('reconnect-scheduled', ({ delay }) => {
      this.attemptAt = Date.now() + delay - TIMER_SLACK_MS;
    });
    model.on('connect', () => {
      this.attemptAt = Infinity;
      this.connects++;
      this.become('up');
      outages.back(role);
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
    if (this.state === 'closed' || this.state === state) return;
    this.state = state;
    this.since = Date.now();
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
