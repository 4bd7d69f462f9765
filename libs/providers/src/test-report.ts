import type { Check, CheckName, CheckStatus, TestResult, Warning } from '@stowage/contracts';
import type { DiagnosedFailure } from './diagnosis/diagnose.js';
import type { S3Way, StepObserver } from './step-observer.js';

export type Flag = 'bucket_exists' | 'can_write' | 'can_read' | 'can_delete';

/** What a storage test has found so far. Flags stay null until their step was reached. */
export class TestReport implements StepObserver {
  readonly #checks: Check[] = [];
  readonly #warnings: Warning[] = [];
  readonly #flags: Record<Flag, boolean | null> = {
    bucket_exists: null,
    can_write: null,
    can_read: null,
    can_delete: null,
  };
  readonly #onCheck: ((check: Check) => void) | undefined;
  #hostKey: string | null = null;
  readonly #found: S3Way = {};
  #lastStepEndedAt = performance.now();

  constructor(onCheck?: (check: Check) => void) {
    this.#onCheck = onCheck;
  }

  step(name: CheckName, status: 'ok' | 'skipped', detail: { durationMs?: number; message?: string } = {}): void {
    const duration = status === 'skipped' ? null : (detail.durationMs ?? performance.now() - this.#lastStepEndedAt);
    this.#add(name, status, duration, detail.message ?? null);
  }

  hasEnded(name: CheckName): boolean {
    return this.#checks.some((check) => check.name === name);
  }

  warn(code: string, message: string): void {
    if (!this.#warnings.some((warning) => warning.code === code && warning.message === message)) {
      this.#warnings.push({ code, message });
    }
  }

  hostKey(sha256: string): void {
    this.#hostKey = sha256;
  }

  found(way: S3Way): void {
    Object.assign(this.#found, way);
  }

  set(flag: Flag, value: boolean): void {
    this.#flags[flag] = value;
  }

  /** A name that does not exist and one that leads where it must not look alike: one check, and nothing of its time. */
  fail(name: CheckName, { code, cause }: DiagnosedFailure): void {
    const duration = code === 'network.unreachable' ? null : performance.now() - this.#lastStepEndedAt;
    this.#add(name, 'failed', duration, cause);
  }

  succeeded(latencyMs: number): TestResult {
    const latency_ms = Math.round(latencyMs);
    return this.#result({ success: true, message: 'Connection successful', latency_ms, ...this.#found });
  }

  failed({ code, cause, hint, suggested_config, evidence }: DiagnosedFailure, reproduce: string | null): TestResult {
    const message = `Connection failed: ${cause}`;
    return this.#result({ message, code, hint, suggested_config, reproduce, evidence });
  }

  #add(name: CheckName, status: CheckStatus, durationMs: number | null, message: string | null): void {
    this.#lastStepEndedAt = performance.now();
    const check: Check = { name, status, duration_ms: durationMs === null ? null : Math.round(durationMs), message };
    this.#checks.push(check);
    this.#onCheck?.(check);
  }

  #result(outcome: Partial<TestResult>): TestResult {
    return {
      success: false,
      message: '',
      ...this.#flags,
      latency_ms: null,
      code: null,
      hint: null,
      suggested_config: null,
      reproduce: null,
      checks: this.#checks,
      warnings: this.#warnings,
      evidence: null,
      host_key_sha256: this.#hostKey,
      ...outcome,
    };
  }
}
