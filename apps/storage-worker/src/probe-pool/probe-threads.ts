import { MessageChannel } from 'node:worker_threads';
import type { OnApplicationShutdown } from '@nestjs/common';
import { type Check, type StorageLocation, StowageError, type TestResult, type TlsMode } from '@stowage/contracts';
import { diagnose, type EgressPolicy, StorageFailure } from '@stowage/providers/open';
import { Piscina } from 'piscina';
import type { WorkerEnvironment } from '../environment.js';
import { Prober, type ProbeOptions, type ProbeRequest, type TargetRequest } from './prober.js';
import { type ProbeOutcome, type ProbeResults, type ProbeTask, unpack } from './probe-task.js';
import type { ThreadTask } from './probe-thread.js';
import type { ThreadMessage } from './thread-message.js';

const FULL_TEST_MS = 120_000;
const KEY_EXCHANGE_MS = 10_000;
/** A test tidies up for 2 s at most; a thread that takes longer hangs. */
const KILL_AFTER_MS = 2500;
const WAIT_FOR_SLOT_MS = 5000;
const IDLE_THREAD_MS = 60_000;
const QUEUED_PER_SLOT = 4;
const MEMORY = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/**
 * Probes in threads that can be killed: a server that makes a client loop or eat memory costs one thread, not the worker.
 * A thread is given one opened secret and the egress policy; no key, no database, no broker and none of the environment,
 * so that an SDK finds neither proxies nor credentials in it.
 */
export class ProbeThreads extends Prober implements OnApplicationShutdown {
  private readonly pool: Piscina<ThreadTask, ProbeOutcome<ProbeResults[ProbeTask['kind']]>>;

  constructor(
    private readonly environment: Pick<WorkerEnvironment, 'PROBE_SLOTS' | 'TEST_DEADLINE_MS' | 'EGRESS_PUBLIC_IPS'>,
    private readonly policy: EgressPolicy,
    threadFile = new URL('./probe-thread.js', import.meta.url),
  ) {
    super();
    this.pool = new Piscina({
      filename: threadFile.href,
      minThreads: 1,
      maxThreads: environment.PROBE_SLOTS,
      maxQueue: Infinity,
      idleTimeout: IDLE_THREAD_MS,
      // A thread that waits for work with Atomics could not close what a probe has left open.
      atomics: 'disabled',
      env: {},
      execArgv: [],
      resourceLimits: MEMORY,
    });
  }

  async probe(request: ProbeRequest, options: ProbeOptions): Promise<TestResult> {
    const { depth, hostKeyPolicy } = request;
    const deadlineMs = depth === 'full' ? FULL_TEST_MS : this.environment.TEST_DEADLINE_MS;
    const credentials = request.credentials.reveal();
    const checks: Check[] = [];
    const onCheck = (check: Check): void => {
      checks.push(check);
      options.onCheck?.(check);
    };
    const egressIps = this.environment.EGRESS_PUBLIC_IPS;
    const target = this.target(request);
    const task = { kind: 'test', ...target, credentials, depth, hostKeyPolicy, deadlineMs, egressIps } as const;
    try {
      return await this.run(task, { limitMs: deadlineMs, signal: options.signal, onCheck });
    } catch (error) {
      if (error instanceof StorageFailure) return lostResult(error, request.location, checks);
      throw error;
    }
  }

  async hostKey(request: TargetRequest, { signal }: { signal: AbortSignal }): Promise<string> {
    return this.run({ kind: 'host-key', ...this.target(request) }, { limitMs: KEY_EXCHANGE_MS, signal });
  }

  async ftpTlsMode(request: TargetRequest, { signal }: { signal: AbortSignal }): Promise<TlsMode> {
    return this.run({ kind: 'ftp-tls-mode', ...this.target(request) }, { limitMs: KEY_EXCHANGE_MS, signal });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }

  private target({ location, organizationId }: TargetRequest) {
    return { location, organizationId, policy: this.policy };
  }

  private async run<K extends ProbeTask['kind']>(
    task: ProbeTask & { kind: K },
    { limitMs, signal, onCheck }: { limitMs: number; signal: AbortSignal; onCheck?: (check: Check) => void },
  ): Promise<ProbeResults[K]> {
    if (this.pool.queueSize >= this.environment.PROBE_SLOTS * QUEUED_PER_SLOT) throw noSlot();
    const { port1: ours, port2: theirs } = new MessageChannel();
    const kill = new AbortController();
    const killWith = (reason: Error, afterMs: number): NodeJS.Timeout => setTimeout(() => kill.abort(reason), afterMs);
    let timer = killWith(noSlot(), WAIT_FOR_SLOT_MS);
    const cancel = (): void => {
      ours.postMessage('cancel');
      clearTimeout(timer);
      timer = killWith(new StorageFailure('operation.cancelled'), KILL_AFTER_MS);
    };
    ours.on('message', (message: ThreadMessage) => {
      if ('check' in message) return onCheck?.(message.check);
      if (signal.aborted) return;
      clearTimeout(timer);
      timer = killWith(new StorageFailure('network.no_response'), limitMs + KILL_AFTER_MS);
    });
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    try {
      const outcome = await this.pool.run({ task, port: theirs }, { transferList: [theirs], signal: kill.signal });
      return unpack(outcome) as ProbeResults[K];
    } catch (error) {
      if (kill.signal.aborted) throw kill.signal.reason;
      throw error instanceof StorageFailure ? error : new StorageFailure('operation.failed');
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      ours.close();
    }
  }
}

function noSlot(): StowageError {
  return new StowageError('request.unavailable', 'Too many tests are running. Try again in a moment.', {
    retryAfter: 5,
  });
}

/** The thread was killed, or died of what the server made it do: the checks that it told of are all that is known. */
function lostResult(error: StorageFailure, location: StorageLocation, checks: Check[]): TestResult {
  const { code, cause, hint } = diagnose(error, location);
  return {
    success: false,
    message: `Connection failed: ${cause}`,
    bucket_exists: null,
    can_write: null,
    can_read: null,
    can_delete: null,
    latency_ms: null,
    code,
    hint,
    suggested_config: null,
    checks,
    warnings: [],
    evidence: null,
    host_key_sha256: null,
  };
}
