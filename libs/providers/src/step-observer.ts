import type { Addressing, CheckName, ChecksumMode } from '@stowage/contracts';

/** Told of each step that a driver takes by itself, so that a test can show it. */
export interface StepObserver {
  step(name: CheckName, status: 'ok' | 'skipped', detail?: { durationMs?: number; message?: string }): void;
  warn(code: string, message: string): void;
  /** SFTP: the key that the server showed, `SHA256:…`. */
  hostKey(sha256: string): void;
  /** S3: a way that works where the configured one was refused; backups keep to it. */
  found(way: S3Way): void;
}

export interface S3Way {
  addressing?: Addressing;
  checksum_mode?: ChecksumMode;
}
