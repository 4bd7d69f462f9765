import type { Check, HostKeyPolicy, StorageLocation, TestDepth, TestResult, TlsMode } from '@stowage/contracts';
import type { Usage } from '@stowage/providers/open';
import type { Progress } from './thread-message.js';
import type { Secret } from '@stowage/encryption';
import type { Credentials } from '@stowage/contracts';

/** Dials storages on behalf of the rest of the worker, in threads that can be killed. */
export abstract class Prober {
  /**
   * Runs a storage test. A failed test is a result, not an exception.
   * @throws StowageError `request.unavailable` when no slot comes free in time
   */
  abstract probe(request: ProbeRequest, options: ProbeOptions): Promise<TestResult>;

  /**
   * The host key of an SFTP server, `SHA256:…`, by a key exchange alone: no credentials are sent.
   * @throws StorageFailure as the dialer and the exchange found it
   */
  abstract hostKey(request: TargetRequest, options: { signal: AbortSignal }): Promise<string>;

  /**
   * How an FTP server is best spoken to: AUTH TLS where it is offered, `none` only where the server answers it with 500,
   * 502 or 504. No credentials are sent.
   * @throws StorageFailure
   */
  abstract ftpTlsMode(request: TargetRequest, options: { signal: AbortSignal }): Promise<TlsMode>;

  /**
   * Counts what lies on a storage: a listing may be as long, and as costly to read, as its server likes.
   * @param options.onProgress after each page
   * @throws StorageFailure
   */
  abstract usage(request: OpenedRequest, options: LongOptions): Promise<Usage>;

  /**
   * Removes objects and sees them gone. Those that are missing already are no error.
   * @param options.onProgress after each object
   * @throws StorageFailure
   */
  abstract remove(request: ObjectsRequest, options: LongOptions): Promise<void>;

  /** Bytes of all these objects. @throws StorageFailure also `object.not_found` when one of them is missing */
  abstract sizeOf(request: ObjectsRequest, options: { signal: AbortSignal }): Promise<number>;
}

export interface LongOptions {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

export interface OpenedRequest extends TargetRequest {
  credentials: Secret<Credentials>;
}

export interface ObjectsRequest extends OpenedRequest {
  keys: string[];
}

export interface TargetRequest {
  location: StorageLocation;
  /** Whose egress allowances apply; null = the platform's. */
  organizationId: string | null;
}

export interface ProbeRequest extends OpenedRequest {
  depth: TestDepth;
  /** SFTP without a pinned key; `accept-new` when left out. */
  hostKeyPolicy?: HostKeyPolicy;
}

export interface ProbeOptions {
  signal: AbortSignal;
  /** Each step as it ends. */
  onCheck?: (check: Check) => void;
}
