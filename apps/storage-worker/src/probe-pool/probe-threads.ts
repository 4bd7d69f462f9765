import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Check, StowageError, type TestResult, type TlsMode } from '@stowage/contracts';
import { type EgressPolicy, StorageFailure, type Usage } from '@stowage/providers/open';
import { failSpan, inSpan, stepRecorder } from '@stowage/telemetry';
import { Piscina } from 'piscina';
import type { WorkerEnvironment } from '../environment.js';
import { LONG_SLOTS } from '../operations/lane.js';
import { failedResult } from './failed-result.js';
import type { ProbeMetrics } from './probe-metrics.js';
import {
  type LongOptions,
  type ObjectsRequest,
  type OpenedRequest,
  Prober,
  type ProbeOptions,
  type ProbeRequest,
  type TargetRequest,
} from './prober.js';
import { type ProbeOutcome, type ProbeResults, type ProbeTask, unpack } from './probe-task.js';
import type { ThreadTask } from './probe-thread.js';
import type { Progress, ThreadMessage } from './thread-message.js';

const FULL_TEST_MS = 120_000;
const KEY_EXCHANGE_MS = 10_000;
/** For one page of a listing, one folder, or one object. */
const PAGE_MS = 120_000;
/** A test tidies up for 2 s at most; a thread that takes longer hangs. */
const KILL_AFTER_MS = 2500;
const WAIT_FOR_SLOT_MS = 5000;
const IDLE_THREAD_MS = 60_000;
const QUEUED_PER_SLOT = 4;
const MEMORY = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** The whole environment of a thread. Else each thread prints the SDK's wish for a newer Node, past the logger. */
const SDK_SILENCE = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/**
 * Probes in threads that can be killed: a server that makes a client loop or eat memory costs one thread, not the worker.
 * A thread is given one opened secret and the egress policy; no key, no database, no broker and none of the environment,
 * so that an SDK finds neither proxies nor credentials in it.
 */
export class ProbeThreads extends Prober implements OnApplicationBootstrap, OnApplicationShutdown {
  #pool: Pool | undefined;
  /** Of their own: what they do may take hours, and nobody's test waits for it. */
  private readonly longPool: Pool;
  private readonly logger = new Logger(ProbeThreads.name);

  constructor(
    private readonly environment: Pick<
      WorkerEnvironment,
      'PROBE_SLOTS' | 'TEST_DEADLINE_MS' | 'EGRESS_PUBLIC_IPS' | 'NEAREST_REGIONS'
    >,
    private readonly policy: EgressPolicy,
    private readonly metrics: ProbeMetrics,
    private readonly threadFile = new URL('./probe-thread.js', import.meta.url),
  ) {
    super();
    this.longPool = this.poolOf({ minThreads: 0, maxThreads: LONG_SLOTS });
  }

  /** Not before: a process that gives up its start in the moment in which a thread begins may die of a signal. */
  onApplicationBootstrap(): void {
    this.begun();
  }

  private begun(): Pool {
    return (this.#pool ??= this.poolOf({ minThreads: 1, maxThreads: this.environment.PROBE_SLOTS }));
  }

  probe(request: ProbeRequest, options: ProbeOptions): Promise<TestResult> {
    const { provider } = request.location;
    const attributes = { 'stowage.provider': provider, 'stowage.test.depth': request.depth };
    return inSpan('storage test', { attributes }, async () => {
      const result = await this.test(request, options);
      if (result.code !== null) failSpan(result.code);
      this.metrics.tested(provider, result.code);
      return result;
    });
  }

  private async test(request: ProbeRequest, options: ProbeOptions): Promise<TestResult> {
    const { depth, hostKeyPolicy } = request;
    const deadlineMs = depth === 'full' ? FULL_TEST_MS : this.environment.TEST_DEADLINE_MS;
    const credentials = request.credentials.reveal();
    const checks: Check[] = [];
    const recordStep = stepRecorder();
    const onCheck = (check: Check): void => {
      checks.push(check);
      // Its message may hold the server's words.
      recordStep(`storage test: ${check.name}`, check.duration_ms ?? 0, { 'stowage.check.status': check.status });
      options.onCheck?.(check);
    };
    const { EGRESS_PUBLIC_IPS: egressIps, NEAREST_REGIONS } = this.environment;
    const nearestRegion = NEAREST_REGIONS[request.location.provider];
    const ours = { deadlineMs, egressIps, nearestRegion };
    const target = this.target(request);
    const task = { kind: 'test', ...target, credentials, depth, hostKeyPolicy, ...ours } as const;
    try {
      return await this.run(task, { limitMs: deadlineMs, signal: options.signal, onCheck });
    } catch (error) {
      // Killed, or died of what the server made it do: the checks that it told of are all that is known.
      if (error instanceof StorageFailure) return failedResult(error, request.location, checks);
      throw error;
    }
  }

  async hostKey(request: TargetRequest, { signal }: { signal: AbortSignal }): Promise<string> {
    return this.run({ kind: 'host-key', ...this.target(request) }, { limitMs: KEY_EXCHANGE_MS, signal });
  }

  async ftpTlsMode(request: TargetRequest, { signal }: { signal: AbortSignal }): Promise<TlsMode> {
    return this.run({ kind: 'ftp-tls-mode', ...this.target(request) }, { limitMs: KEY_EXCHANGE_MS, signal });
  }

  async usage(request: OpenedRequest, options: LongOptions): Promise<Usage> {
    return this.run({ kind: 'usage', ...this.opened(request) }, this.long(options));
  }

  async remove({ keys, ...request }: ObjectsRequest, options: LongOptions): Promise<void> {
    return this.run({ kind: 'removal', ...this.opened(request), keys }, this.long(options));
  }

  /** Among the tests: somebody waits for a write. */
  async sizeOf({ keys, ...request }: ObjectsRequest, { signal }: { signal: AbortSignal }): Promise<number> {
    const limitMs = this.environment.TEST_DEADLINE_MS;
    return this.run({ kind: 'size', ...this.opened(request), keys }, { limitMs, signal });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#pool?.destroy(), this.longPool.destroy()]);
  }

  private target({ location, organizationId }: TargetRequest) {
    return { location, organizationId, policy: this.policy };
  }

  private opened({ credentials, ...target }: OpenedRequest) {
    return { ...this.target(target), credentials: credentials.reveal() };
  }

  private long(options: LongOptions): RunOptions {
    return { ...options, limitMs: PAGE_MS, pool: this.longPool };
  }

  private async run<K extends ProbeTask['kind']>(
    task: ProbeTask & { kind: K },
    { limitMs, signal, onCheck, onProgress, pool = this.begun() }: RunOptions,
  ): Promise<ProbeResults[K]> {
    if (pool.queueSize >= this.environment.PROBE_SLOTS * QUEUED_PER_SLOT) throw noSlot();
    const { port1: ours, port2: theirs } = new MessageChannel();
    const kill = new AbortController();
    const killWith = (reason: Error, afterMs: number): NodeJS.Timeout => setTimeout(() => kill.abort(reason), afterMs);
    let timer = killWith(noSlot(), WAIT_FOR_SLOT_MS);
    const cancel = (): void => {
      ours.postMessage('cancel');
      clearTimeout(timer);
      timer = killWith(new StorageFailure('operation.cancelled'), KILL_AFTER_MS);
    };
    const hear = (message: ThreadMessage): void => {
      if ('check' in message) return onCheck?.(message.check);
      if ('progress' in message) onProgress?.(message.progress);
      if (signal.aborted) return;
      clearTimeout(timer);
      timer = killWith(new StorageFailure('network.no_response'), limitMs + KILL_AFTER_MS);
    };
    ours.on('message', hear);
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    try {
      const outcome = await pool.run({ task, port: theirs }, { transferList: [theirs], signal: kill.signal });
      return unpack(outcome) as ProbeResults[K];
    } catch (error) {
      if (kill.signal.aborted) throw kill.signal.reason;
      throw error instanceof StorageFailure ? error : new StorageFailure('operation.failed');
    } finally {
      // The result comes on a port of the pool's own, and may overtake what was told before it.
      for (const message of unheard(ours)) hear(message);
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      ours.close();
    }
  }

  private poolOf(threads: { minThreads: number; maxThreads: number }): Pool {
    const pool: Pool = new Piscina({
      filename: this.threadFile.href,
      ...threads,
      maxQueue: Infinity,
      idleTimeout: IDLE_THREAD_MS,
      // A thread that waits for work with Atomics could not close what a probe has left open.
      atomics: 'disabled',
      env: SDK_SILENCE,
      execArgv: [],
      resourceLimits: MEMORY,
    });
    // Whoever asked has an answer. Unheard, it would end the worker (Node's EventEmitter); its message may hold the server's
    // words.
    pool.on('error', ({ name }: Error) => this.logger.warn(`A probe thread died without a task: ${name}`));
    return pool;
  }
}

type Pool = Piscina<ThreadTask, ProbeOutcome<ProbeResults[ProbeTask['kind']]>>;

interface RunOptions {
  /** Milliseconds without a sign of progress after which the thread is killed. */
  limitMs: number;
  signal: AbortSignal;
  onCheck?: (check: Check) => void;
  onProgress?: (progress: Progress) => void;
  pool?: Pool;
}

function* unheard(port: MessagePort): Generator<ThreadMessage> {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) yield next.message;
}

function noSlot(): StowageError {
  return new StowageError('request.unavailable', 'Too many tests are running. Try again in a moment.', {
    retryAfter: 5,
  });
}
