import type { TestResult, TlsMode } from '@stowage/contracts';
import type { Usage } from '@stowage/providers/open';
import { type ProbeResults, type ProbeTask, runProbe, unpack } from '../probe-pool/probe-task.js';
import {
  type LongOptions,
  type ObjectsRequest,
  type OpenedRequest,
  Prober,
  type ProbeOptions,
  type ProbeRequest,
  type TargetRequest,
} from '../probe-pool/prober.js';

export const HOST_KEY = `SHA256:${'k'.repeat(43)}`;

const POLICY = { allow: [], deny: [], allowLoopback: true };

export const SUCCESS: TestResult = {
  success: true,
  message: 'Connection successful',
  bucket_exists: true,
  can_write: true,
  can_read: true,
  can_delete: true,
  latency_ms: 7,
  code: null,
  hint: null,
  suggested_config: null,
  reproduce: null,
  checks: [],
  warnings: [],
  evidence: null,
  host_key_sha256: null,
};

/** Tests nothing and answers what the test says; remembers what it was asked. */
export class ScriptedProber extends Prober {
  readonly probed: ProbeRequest[] = [];
  readonly targets: TargetRequest[] = [];
  result: TestResult = SUCCESS;
  answerHostKey: () => Promise<string> = async () => HOST_KEY;
  answerTlsMode: () => Promise<TlsMode> = async () => 'explicit';

  async probe(request: ProbeRequest, { onCheck }: ProbeOptions): Promise<TestResult> {
    this.probed.push(request);
    onCheck?.({ name: 'authenticate', status: 'ok', duration_ms: 3, message: null });
    return structuredClone(this.result);
  }

  async hostKey(target: TargetRequest): Promise<string> {
    this.targets.push(target);
    return this.answerHostKey();
  }

  async usage({ credentials, ...target }: OpenedRequest, options: LongOptions): Promise<Usage> {
    return inPlace({ kind: 'usage', ...target, policy: POLICY, credentials: credentials.reveal() }, options);
  }

  async remove({ credentials, ...request }: ObjectsRequest, options: LongOptions): Promise<void> {
    return inPlace({ kind: 'removal', ...request, policy: POLICY, credentials: credentials.reveal() }, options);
  }

  async sizeOf({ credentials, ...request }: ObjectsRequest, { signal }: { signal: AbortSignal }): Promise<number> {
    const task = { kind: 'size', ...request, policy: POLICY, credentials: credentials.reveal() } as const;
    return inPlace(task, { signal, onProgress: () => undefined });
  }

  async ftpTlsMode(target: TargetRequest): Promise<TlsMode> {
    this.targets.push(target);
    return this.answerTlsMode();
  }
}

/** What is counted or removed lies on real servers of the tests; only the thread is left out. */
async function inPlace<K extends ProbeTask['kind']>(
  task: ProbeTask & { kind: K },
  options: LongOptions,
): Promise<ProbeResults[K]> {
  return unpack(await runProbe(task, { ...options, onCheck: () => undefined })) as ProbeResults[K];
}
