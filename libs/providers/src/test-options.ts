import type { Check, Credentials, HostKeyPolicy, StorageLocation, TestDepth } from '@stowage/contracts';
import type { Dialer } from './dialer/dialer.js';
import type { OpenDriver } from './driver.js';

export interface TestStorageOptions {
  location: StorageLocation;
  credentials: Credentials;
  dialer: Dialer;
  depth: TestDepth;
  hostKeyPolicy?: HostKeyPolicy;
  /** Kept whatever the server does; cleaning up may take 2 s more. */
  deadlineMs: number;
  signal?: AbortSignal;
  /** The addresses that this platform dials from, for the hints of network failures. */
  egressIps?: readonly string[];
  /** The region of this vendor that is nearest to this platform, where its operator told it. */
  nearestRegion?: string;
  /** Told of each step as it ends. */
  onCheck?: (check: Check) => void;
  /** In place of the provider's own driver. */
  openDriver?: OpenDriver;
}
