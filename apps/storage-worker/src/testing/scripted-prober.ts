import type { TestResult, TlsMode } from '@stowage/contracts';
import { Prober, type ProbeOptions, type ProbeRequest, type TargetRequest } from '../probe-pool/prober.js';

export const HOST_KEY = `SHA256:${'k'.repeat(43)}`;

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
  checks: [],
  warnings: [],
  evidence: null,
  host_key_sha256: null,
};

/** Dials nothing and answers what the test says; remembers what it was asked. */
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

  async ftpTlsMode(target: TargetRequest): Promise<TlsMode> {
    this.targets.push(target);
    return this.answerTlsMode();
  }
}
