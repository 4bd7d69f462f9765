import type { Readable } from 'node:stream';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import type { Dialer } from './dialer/dialer.js';
import type { StepObserver } from './step-observer.js';

/**
 * What the author of a provider implements (about 200 lines); `Storage` adds once what all of them need.
 *
 * Keys are relative to the container (bucket or base directory), already carry the path prefix, use `/` and never start
 * with it. Every call takes a signal and ends soon after it fires. Every failure is thrown as `StorageFailure` with a
 * diagnosis code. A missing object is `object.not_found`; removing a missing object is not an error.
 */
export interface StorageDriver {
  readonly capabilities: DriverCapabilities;

  /**
   * Reaches and authenticates, as far as the protocol has such a step: SFTP and FTP log in here, S3 sends its one signed
   * HEAD. Reports the checks `resolve`, `connect`, `tls` and `authenticate` to the observer as they happen.
   */
  connect(signal: AbortSignal): Promise<void>;

  /** Proves that the bucket or base directory exists and is the one named. Creates base directories of SFTP and FTP never. */
  checkContainer(signal: AbortSignal): Promise<ContainerState>;

  /**
   * Stores the whole body under the key, replacing what was there, by the very call that a backup uses. Resolves to what the
   * server then tells of it where that came with the answer.
   */
  put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<ObjectStat | void>;

  /** @throws StorageFailure `object.not_found` */
  get(key: string, options: GetOptions): Promise<Readable>;

  /** @throws StorageFailure `object.not_found` */
  stat(key: string, signal: AbortSignal): Promise<ObjectStat>;

  /** Pages of everything under the prefix, in the order of the server; constant memory. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<ListedObject[]>;

  remove(key: string, signal: AbortSignal): Promise<void>;

  /** Bytes that may still be written, of the disk or of a quota; left out, or null, where the server does not tell. */
  freeSpace?(signal: AbortSignal): Promise<number | null>;

  /** Idempotent; never throws. */
  close(): Promise<void>;
}

export interface DriverCapabilities {
  /** `put` splits large bodies into parts that the server joins. */
  multipart: boolean;
  /** `get` honours a range. */
  range: boolean;
  /** One connection takes a request before it has answered the last, and does what concerns one object in order. */
  pipelined: boolean;
}

/** `unknown`: the question itself was refused (HEAD or list forbidden), which says nothing about a backup. */
export type ContainerState = { state: 'exists' } | { state: 'unknown'; reason: string };

export interface PutOptions {
  /** Bytes of the body where they are known beforehand. */
  size?: number;
  /** Bytes of the parts of a large upload, where `capabilities.multipart`; default the location's. */
  partSize?: number;
  signal: AbortSignal;
  /** Told after each part or block with the total of bytes sent so far. */
  onProgress?: (bytesSent: number) => void;
}

export interface GetOptions {
  /** First and last byte, inclusive, as in RFC 9110 section 14.1.2. */
  range?: { first: number; last: number };
  signal: AbortSignal;
}

export interface ObjectStat {
  /** Bytes. */
  size: number;
}

export interface ListedObject extends ObjectStat {
  /** As given to `put`: relative to the container. */
  key: string;
}

export interface DriverOptions {
  location: StorageLocation;
  credentials: Credentials;
  dialer: Dialer;
  observer?: StepObserver;
  /** SFTP only: what to do with a host key when the location pins none. Default `accept-new`. */
  hostKeyPolicy?: 'accept-new' | 'strict';
}

/** A provider's door for `open.ts`: loads its SDK only when called. */
export type OpenDriver = (options: DriverOptions) => Promise<StorageDriver>;
