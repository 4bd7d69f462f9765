import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Check,
  CheckName,
  Credentials,
  HostKeyPolicy,
  StorageLocation,
  TestDepth,
  TestResult,
} from '@stowage/contracts';
import { untilAborted } from './deadline.js';
import { type DiagnosedFailure, diagnose } from './diagnosis/diagnose.js';
import type { DiagnosisCode } from './diagnosis/catalogue.js';
import type { Dialer } from './dialer/dialer.js';
import type { OpenDriver } from './driver.js';
import { DRIVERS } from './drivers.js';
import { StorageFailure } from './failure.js';
import { type PutCallOptions, Storage, type StoredObject } from './storage.js';
import { type Flag, TestReport } from './test-report.js';

/** Longest that cleaning up may take after the deadline. */
const CLEANUP_MS = 2000;
/** Below it an answer about a name would tell by its time whether the name exists. */
const UNREACHABLE_FLOOR_MS = 750;
/** Of a storage that takes objects in one piece: what small disks, quotas and upload limits refuse. */
const LARGE_BYTES = 5 * 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
const GONE_ATTEMPTS = 3;
const GONE_PAUSE_MS = 300;
const SLOW_MS = 300;
const LITTLE_SPACE_BYTES = 1024 ** 3;

const FLAG_OF_STEP: Partial<Record<CheckName, Flag>> = {
  write: 'can_write',
  size: 'can_write',
  multipart: 'can_write',
  read: 'can_read',
  compare: 'can_read',
  range: 'can_read',
  delete: 'can_delete',
  gone: 'can_delete',
};

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
  /** Told of each step as it ends. */
  onCheck?: (check: Check) => void;
  /** In place of the provider's own driver. */
  openDriver?: OpenDriver;
}

/**
 * Does what a backup does, with the same driver, client and upload call: authenticate, find the bucket or directory,
 * upload, read back and compare, delete, see it gone. A failed test is an answer; nothing is thrown.
 */
export async function testStorage(options: TestStorageOptions): Promise<TestResult> {
  const began = performance.now();
  const report = new TestReport(options.onCheck);
  const run = new TestRun(options, report, deadlineOf(options));
  const latencyMs = await run.steps().catch((error: unknown) => run.noteFailure(error));
  await run.cleanUp();
  if (run.failure === null && typeof latencyMs === 'number') return report.succeeded(latencyMs);

  const diagnosed = run.diagnose(run.failure);
  if (diagnosed.code === 'network.unreachable')
    await sleep(Math.max(0, began + UNREACHABLE_FLOOR_MS - performance.now()));
  return report.failed(diagnosed);
}

function deadlineOf({ deadlineMs, signal }: TestStorageOptions): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new StorageFailure('network.no_response')), deadlineMs);
  timer.unref();
  const cancel = () => controller.abort(new StorageFailure('operation.cancelled'));
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  return controller.signal;
}

class TestRun {
  /** The first thing that went wrong; the diagnosis. */
  failure: StorageFailure | null = null;
  readonly #options: TestStorageOptions;
  readonly #report: TestReport;
  readonly #deadline: AbortSignal;
  readonly #body = Buffer.from(`Stowage connection test ${randomBytes(32).toString('hex')}\n`);
  readonly #key = testKey();
  readonly #leftovers = new Set<string>();
  #step: CheckName = 'connect';
  #storage: Storage | null = null;

  constructor(options: TestStorageOptions, report: TestReport, deadline: AbortSignal) {
    this.#options = options;
    this.#report = report;
    this.#deadline = deadline;
  }

  /** Resolves to the latency in milliseconds, or to null when a step failed after which others still made sense. */
  async steps(): Promise<number | null> {
    const storage = await untilAborted(this.#open(this.#report), this.#deadline);
    this.#storage = storage;
    this.#step = 'authenticate';
    await storage.connect(this.#deadline);
    await this.#container(storage);
    await this.#write(storage);
    await this.#attempt('read', () => this.#readBack(storage));
    if (this.failure === null && this.#options.depth === 'full') await this.#fullSteps(storage);
    await this.#attempt('delete', () => this.#delete(storage));
    return this.failure === null ? this.#measure(storage) : null;
  }

  diagnose(error: unknown): DiagnosedFailure {
    const { location, egressIps = [] } = this.#options;
    return diagnose(error, location, egressIps.length === 0 ? {} : { egress_ips: egressIps.join(', ') });
  }

  noteFailure(error: unknown): null {
    const failure = error instanceof StorageFailure ? error : new StorageFailure('operation.failed', { cause: error });
    const step = failure.detail.step ?? this.#step;
    const flag = FLAG_OF_STEP[step];
    if (flag !== undefined) this.#report.set(flag, false);
    if (failure.code === 'container.not_found') this.#report.set('bucket_exists', false);
    this.#report.fail(step, this.diagnose(failure));
    this.failure ??= failure;
    return null;
  }

  /** Leaves no file behind that may be deleted. What must stay is named. */
  async cleanUp(): Promise<void> {
    const limit = AbortSignal.timeout(CLEANUP_MS);
    await this.#removeLeftovers(limit);
    for (const key of this.#leftovers) {
      this.#report.warn(
        'object.leftover',
        `${this.#options.location.path_prefix ?? ''}${key} could not be deleted; delete it by hand`,
      );
    }
    await untilAborted(this.#storage?.close() ?? Promise.resolve(), limit).catch(() => undefined);
  }

  /** A connection that was cut off is opened once more for this; a refusal is taken as said. */
  async #removeLeftovers(limit: AbortSignal): Promise<void> {
    if (this.#storage === null || this.#leftovers.size === 0) return;
    try {
      await this.#removeAll(this.#storage, AbortSignal.any([limit, AbortSignal.timeout(CLEANUP_MS / 2)]));
    } catch (error) {
      if (meansRefusal(error)) return;
      await this.#removeAfresh(limit).catch(() => undefined);
    }
  }

  async #removeAfresh(limit: AbortSignal): Promise<void> {
    const storage = await untilAborted(this.#open(), limit);
    try {
      await storage.connect(limit);
      await this.#removeAll(storage, limit);
    } finally {
      await storage.close();
    }
  }

  async #removeAll(storage: Storage, signal: AbortSignal): Promise<void> {
    for (const key of this.#leftovers) {
      await storage.remove(key, signal);
      this.#leftovers.delete(key);
    }
  }

  async #open(report?: TestReport): Promise<Storage> {
    const { location, credentials, dialer, hostKeyPolicy, deadlineMs, openDriver } = this.#options;
    const open = openDriver ?? DRIVERS[location.provider];
    const driver = await open({ location, credentials, dialer, hostKeyPolicy, observer: report });
    return new Storage(driver, {
      prefix: location.path_prefix ?? '',
      callTimeoutMs: deadlineMs,
      stallTimeoutMs: deadlineMs,
    });
  }

  /** Not being allowed to ask is no failure: many good keys may only read and write objects. */
  async #container(storage: Storage): Promise<void> {
    this.#step = 'container';
    const container = await storage.checkContainer(this.#deadline);
    if (container.state === 'unknown') return this.#report.step('container', 'skipped', { message: container.reason });
    this.#report.set('bucket_exists', true);
    return this.#report.step('container', 'ok');
  }

  async #write(storage: Storage): Promise<void> {
    this.#step = 'write';
    await this.#put(storage, this.#key, this.#body, { size: this.#body.length, observer: this.#report });
    this.#report.set('can_write', true);
    this.#report.set('bucket_exists', true);
  }

  async #readBack(storage: Storage): Promise<void> {
    const received = await this.#read(storage, this.#key);
    this.#report.step('read', 'ok');
    this.#step = 'compare';
    if (!received.equals(this.#body)) throw new StorageFailure('object.corrupted', { step: 'compare' });
    this.#report.step('compare', 'ok');
    this.#report.set('can_read', true);
  }

  async #fullSteps(storage: Storage): Promise<void> {
    if (storage.capabilities.range) await this.#attempt('range', () => this.#range(storage));
    else this.#report.step('range', 'skipped', { message: 'this kind of storage gives back whole objects' });
    await this.#warnUnlessListed(storage);
    await this.#warnOfLittleSpace(storage);
    await this.#attempt('multipart', () => this.#largeUpload(storage));
  }

  async #range(storage: Storage): Promise<void> {
    const [first, last] = [8, 23];
    const received = await this.#read(storage, this.#key, { first, last });
    if (!received.equals(this.#body.subarray(first, last + 1))) {
      throw new StorageFailure('object.range_unsupported', { step: 'range' });
    }
    this.#report.step('range', 'ok');
  }

  /**
   * A stream of unknown length, as a database dump is, a little longer than one part: parts are as large as those of a
   * backup, since proxies limit the size of a request.
   */
  async #largeUpload(storage: Storage): Promise<void> {
    const key = testKey();
    const { multipart } = storage.capabilities;
    const size = multipart ? (this.#options.location.part_size_bytes ?? LARGE_BYTES) : LARGE_BYTES;
    const block = randomBytes(BLOCK_BYTES);
    const blocks = Array.from({ length: size / block.length + 1 }, () => block);
    const sent = await this.#put(storage, key, Readable.from(blocks, { objectMode: false }), {});
    const hash = createHash('sha256');
    for await (const chunk of await storage.get(key, { signal: this.#deadline })) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== sent.sha256) throw new StorageFailure('object.corrupted', { step: 'multipart' });
    const message = multipart ? undefined : 'in one piece, as this kind of storage takes objects';
    this.#report.step('multipart', 'ok', { message });
  }

  async #put(storage: Storage, key: string, body: Readable | Buffer, options: PutCallOptions): Promise<StoredObject> {
    this.#leftovers.add(key);
    try {
      return await storage.put(key, body, { ...options, signal: this.#deadline });
    } catch (error) {
      if (meansRefusal(error)) this.#leftovers.delete(key);
      throw error;
    }
  }

  async #delete(storage: Storage): Promise<void> {
    try {
      await this.#removeAll(storage, this.#deadline);
    } catch (error) {
      if (!KEEPS_WHAT_IS_WRITTEN.includes(codeOf(error))) throw error;
      return this.#acceptLock(this.diagnose(error));
    }
    this.#report.step('delete', 'ok');
    this.#step = 'gone';
    await this.#seeGone(storage);
    this.#report.set('can_delete', true);
  }

  /** Write once, read many is what some owners want of a backup storage; for others the warning says what is missing. */
  #acceptLock({ code, cause, hint }: DiagnosedFailure): void {
    this.#report.step('delete', 'skipped', { message: cause });
    this.#report.set('can_delete', false);
    this.#report.warn(code, `${cause}. ${hint}`);
  }

  async #seeGone(storage: Storage): Promise<void> {
    for (let attempt = 1; attempt <= GONE_ATTEMPTS; attempt += 1) {
      const outcome = await storage.stat(this.#key, this.#deadline).catch((error: unknown) => codeOf(error));
      if (outcome === 'object.not_found') return this.#report.step('gone', 'ok');
      if (typeof outcome === 'string') {
        if (!outcome.startsWith('permission.')) throw new StorageFailure(outcome, { step: 'gone' });
        return this.#report.step('gone', 'skipped', { message: 'the storage does not say what is there' });
      }
      if (attempt < GONE_ATTEMPTS)
        await sleep(GONE_PAUSE_MS, undefined, { signal: this.#deadline }).catch(() => undefined);
    }
    throw new StorageFailure('object.still_there', { step: 'gone' });
  }

  /** Backups do without lists; measuring what they take up does not. */
  async #warnUnlessListed(storage: Storage): Promise<void> {
    try {
      await storage.list({ signal: this.#deadline }).next();
    } catch (error) {
      if (/^(network|operation)\./.test(codeOf(error))) throw error;
      const { code, hint } = this.diagnose(error);
      this.#report.warn(code, hint);
    }
  }

  async #warnOfLittleSpace(storage: Storage): Promise<void> {
    const free = await storage.freeSpace(this.#deadline).catch(() => null);
    if (free === null || free >= LITTLE_SPACE_BYTES) return;
    this.#report.warn(
      'quota.low',
      `Only ${Math.floor(free / 1024 ** 2)} MiB are left on the storage: free space soon.`,
    );
  }

  async #measure(storage: Storage): Promise<number> {
    const latencyMs = await storage.ping(this.#deadline);
    if (latencyMs > SLOW_MS) {
      this.#report.warn(
        'network.latency',
        `One small request takes ${Math.round(latencyMs)} ms: backups of many files will be slow; a region or server nearer to this platform helps.`,
      );
    }
    return latencyMs;
  }

  /** Runs a step whose failure does not keep the later ones from telling more. */
  async #attempt(step: CheckName, run: () => Promise<void>): Promise<void> {
    this.#step = step;
    try {
      await run();
    } catch (error) {
      if (this.#deadline.aborted || !(error instanceof StorageFailure) || error.code.startsWith('network.'))
        throw error;
      this.noteFailure(error);
    }
  }

  async #read(storage: Storage, key: string, range?: { first: number; last: number }): Promise<Buffer> {
    const stream = await storage.get(key, { range, signal: this.#deadline });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > this.#body.length) break;
    }
    return Buffer.concat(chunks);
  }
}

/** Under a name of its own: some vendors limit how often one name is written, and nothing of a backup is ever touched. */
function testKey(): string {
  const timestamp = new Date().toISOString().toLowerCase().replaceAll(/[-:]/g, '').replace('z', 'Z');
  return `test-connection-${timestamp}-${randomBytes(4).toString('hex')}.txt`;
}

function codeOf(error: unknown): DiagnosisCode {
  return error instanceof StorageFailure ? error.code : 'operation.failed';
}

const KEEPS_WHAT_IS_WRITTEN: readonly DiagnosisCode[] = ['object.locked', 'permission.delete_denied'];

/** The server understood and said no, so that nothing was stored, and asking again is of no use. */
function meansRefusal(error: unknown): boolean {
  return /^(permission|container|credentials|object\.locked)/.test(codeOf(error));
}
