import type { CheckName } from '@stowage/contracts';

/** Told of each step that a driver takes by itself, so that a test can show it. */
export interface StepObserver {
  step(name: CheckName, status: 'ok' | 'skipped', detail?: { durationMs?: number; message?: string }): void;
  warn(code: string, message: string): void;
  /** SFTP: the key that the server showed, `SHA256:…`. */
  hostKey(sha256: string): void;
}
