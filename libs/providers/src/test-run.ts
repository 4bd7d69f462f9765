import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckName, Warning } from '@stowage/contracts';
import { untilAborted } from './deadline.js';
import type { DiagnosisCode } from './diagnosis/catalogue.js';
import { type DiagnosedFailure, diagnose } from './diagnosis/diagnose.js';
import { DRIVERS } from './drivers.js';
import { StorageFailure } from './failure.js';
import { Pace } from './pace.js';
import { reproduce } from './reproduce/reproduce.js';
import { Storage } from './storage.js';
import { testKey, TestObjects } from './test-objects.js';
import type { Flag, TestReport } from './test-report.js';
import type { TestStorageOptions } from './test-options.js';
import { highLatency, littleSpace, slowUploads } from './test-warnings.js';

/** The size of a small backup. What has no room for it is no storage for backups, whatever takes a file of a few bytes. */
const BACKUP_BYTES = 20 * 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
const GONE_ATTEMPTS = 3;
const GONE_PAUSE_MS = 300;

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

/** The steps of one storage test, as far as they come. */
export class TestRun {
  /** The first thing that went wrong; the diagnosis. */
  failure: StorageFailure | null = null;
  readonly #options: TestStorageOptions;
  readonly #report: TestReport;
  readonly #deadline: AbortSignal;
  readonly #body = Buffer.from(`Stowage connection test ${randomBytes(32).toString('hex')}\n`);
  readonly #key = testKey();
  readonly #objects = new TestObjects();
  readonly #pace = new Pace();
  /** Of the small requests that had to be made anyway, the quickest: a round trip and what the server adds. Milliseconds. */
  #latencyMs = Infinity;
  #step: CheckName = 'connect';
  #failedStep: CheckName = 'connect';
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
    const free = await this.#container(storage);
    await this.#write(storage);
    await this.#attempt('read', () => this.#readBack(storage));
    if (this.failure === null) await this.#largeSteps(storage, free);
    await this.#attempt('delete', () => this.#delete(storage));
    return this.failure === null ? this.#latency() : null;
  }

  diagnose(error: unknown): DiagnosedFailure {
    const { location, egressIps = [] } = this.#options;
    return diagnose(error, location, egressIps.length === 0 ? {} : { egress_ips: egressIps.join(', ') });
  }

  /** How a person sees the failure too. */
  reproduce(code: DiagnosisCode): string | null {
    const { location, credentials } = this.#options;
    return reproduce({ location, credentials, code, step: this.#failedStep, largeBytes: this.#largeBytes() });
  }

  noteFailure(error: unknown): null {
    const failure = error instanceof StorageFailure ? error : new StorageFailure('operation.failed', { cause: error });
    // The writing of the large object, and the reading of a range, are not the steps that were passed with the small one.
    const isOfItsOwn = this.#step === 'multipart' || this.#step === 'range';
    const step = isOfItsOwn ? this.#step : (failure.detail.step ?? this.#stepUnderway());
    const flag = FLAG_OF_STEP[step];
    if (flag !== undefined) this.#report.set(flag, false);
    if (failure.code === 'container.not_found') this.#report.set('bucket_exists', false);
    this.#report.fail(step, this.diagnose(failure));
    if (this.failure === null) this.#failedStep = step;
    this.failure ??= failure;
    return null;
  }

  /** A login has steps of its own; whoever waited for it when the time was over cannot tell which of them it was in. */
  #stepUnderway(): CheckName {
    if (this.#step !== 'authenticate' || !this.#deadline.aborted) return this.#step;
    const { endpoint_url, tls } = this.#options.location;
    const isSecure = endpoint_url?.startsWith('https:') || tls === 'explicit' || tls === 'implicit';
    const steps: CheckName[] = isSecure ? ['connect', 'tls'] : ['connect'];
    return steps.find((step) => !this.#report.hasEnded(step)) ?? 'authenticate';
  }

  /** What must stay is named. */
  async cleanUp(): Promise<void> {
    for (const key of await this.#objects.cleanUp(this.#storage, () => this.#open())) {
      this.#report.warn(
        'object.leftover',
        `${this.#options.location.path_prefix ?? ''}${key} could not be deleted; delete it by hand`,
      );
    }
  }

  async #open(report?: TestReport): Promise<Storage> {
    const { location, credentials, dialer, hostKeyPolicy, deadlineMs, openDriver } = this.#options;
    const open = openDriver ?? DRIVERS[location.provider];
    const driver = await open({
      location,
      credentials,
      dialer: this.#pace.watch(dialer),
      hostKeyPolicy,
      observer: report,
    });
    return new Storage(driver, {
      prefix: location.path_prefix ?? '',
      callTimeoutMs: deadlineMs,
      stallTimeoutMs: deadlineMs,
    });
  }

  /**
   * Not being allowed to ask is no failure: many good keys may only read and write objects. Resolves to the bytes that may
   * still be written; null where the storage does not tell.
   */
  async #container(storage: Storage): Promise<number | null> {
    this.#step = 'container';
    const checking = storage.checkContainer(this.#deadline);
    const free = this.#rightAfter(storage, () => storage.freeSpace(this.#deadline).catch(() => null));
    const container = await checking;
    if (container.state === 'unknown') this.#report.step('container', 'skipped', { message: container.reason });
    else {
      this.#report.set('bucket_exists', true);
      this.#report.step('container', 'ok');
    }
    return free();
  }

  async #write(storage: Storage): Promise<void> {
    this.#step = 'write';
    await this.#objects.put(storage, this.#key, this.#body, {
      size: this.#body.length,
      observer: this.#report,
      signal: this.#deadline,
    });
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

  /** A quick test uploads a large object only where the server says that there is too little room for one. */
  async #largeSteps(storage: Storage, free: number | null): Promise<void> {
    const isFull = this.#options.depth === 'full';
    if (free !== null) this.#warnOf(littleSpace(free));
    if (isFull) await this.#rangeStep(storage);
    this.#step = 'multipart';
    if (isFull) await this.#warnUnlessListed(storage);
    if (isFull || (free !== null && free < this.#largeBytes())) {
      await this.#attempt('multipart', () => this.#largeUpload(storage));
    }
  }

  async #rangeStep(storage: Storage): Promise<void> {
    if (storage.capabilities.range) return this.#attempt('range', () => this.#range(storage));
    return this.#report.step('range', 'skipped', { message: 'this kind of storage gives back whole objects' });
  }

  async #range(storage: Storage): Promise<void> {
    const [first, last] = [8, 23];
    const received = await this.#read(storage, this.#key, { first, last });
    if (!received.equals(this.#body.subarray(first, last + 1))) {
      throw new StorageFailure('object.range_unsupported', { step: 'range' });
    }
    this.#report.step('range', 'ok');
  }

  async #largeUpload(storage: Storage): Promise<void> {
    this.#pace.start();
    try {
      await this.#uploadLarge(storage);
    } catch (error) {
      this.#pace.stop();
      const isTooSlow = this.#deadline.aborted && codeOf(error) === 'network.no_response' && this.#pace.isMoving;
      throw isTooSlow ? new StorageFailure('network.too_slow', { values: this.#pace.inWords(), cause: error }) : error;
    }
    this.#pace.stop();
  }

  /** A stream of unknown length, as a database dump is. */
  async #uploadLarge(storage: Storage): Promise<void> {
    const key = testKey();
    const block = randomBytes(BLOCK_BYTES);
    const blocks = Array.from({ length: this.#largeBytes() / block.length }, () => block);
    const body = Readable.from(blocks, { objectMode: false });
    const began = performance.now();
    const sent = await this.#objects.put(storage, key, body, { signal: this.#deadline });
    this.#warnOf(slowUploads((sent.size / (performance.now() - began)) * 1000));
    const hash = createHash('sha256');
    for await (const chunk of await storage.get(key, { signal: this.#deadline })) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== sent.sha256) throw new StorageFailure('object.corrupted', { step: 'multipart' });
    const message = storage.capabilities.multipart ? undefined : 'in one piece, as this kind of storage takes objects';
    this.#report.step('multipart', 'ok', { message });
  }

  /** A little longer than one part, where there are parts: as large as those of a backup, since proxies limit requests. */
  #largeBytes(): number {
    return (this.#options.location.part_size_bytes ?? BACKUP_BYTES) + BLOCK_BYTES;
  }

  async #delete(storage: Storage): Promise<void> {
    const removing = this.#timed(this.#objects.removeAll(storage, this.#deadline));
    const look = this.#rightAfter(storage, () => this.#lookFor(storage));
    try {
      await removing;
    } catch (error) {
      if (!KEEPS_WHAT_IS_WRITTEN.includes(codeOf(error))) throw error;
      return this.#acceptLock(this.diagnose(error));
    }
    this.#report.step('delete', 'ok');
    this.#step = 'gone';
    await this.#seeGone(storage, await look());
    this.#report.set('can_delete', true);
  }

  /** Write once, read many is what some owners want of a backup storage; for others the warning says what is missing. */
  #acceptLock({ code, cause, hint }: DiagnosedFailure): void {
    this.#report.step('delete', 'skipped', { message: cause });
    this.#report.set('can_delete', false);
    this.#report.warn(code, `${cause}. ${hint}`);
  }

  async #seeGone(storage: Storage, found: Found): Promise<void> {
    for (let attempt = 1; found === 'there' && attempt < GONE_ATTEMPTS; attempt += 1) {
      await sleep(GONE_PAUSE_MS, undefined, { signal: this.#deadline }).catch(() => undefined);
      found = await this.#lookFor(storage);
    }
    if (found === 'object.not_found') return this.#report.step('gone', 'ok');
    if (found === 'there') throw new StorageFailure('object.still_there', { step: 'gone' });
    if (!found.startsWith('permission.')) throw new StorageFailure(found, { step: 'gone' });
    return this.#report.step('gone', 'skipped', { message: 'the storage does not say what is there' });
  }

  async #lookFor(storage: Storage): Promise<Found> {
    return this.#timed(storage.stat(this.#key, this.#deadline)).then(() => 'there' as const, codeOf);
  }

  /** Backups do without lists; measuring what they take up does not. */
  async #warnUnlessListed(storage: Storage): Promise<void> {
    const pages = storage.list({ signal: this.#deadline });
    try {
      await pages.next();
      // A listing that is begun holds a connection, and there may be no other.
      await pages.return(undefined);
    } catch (error) {
      if (/^(network|operation)\./.test(codeOf(error))) throw error;
      const { code, hint } = this.diagnose(error);
      this.#report.warn(code, hint);
    }
  }

  #latency(): number {
    const { location, nearestRegion } = this.#options;
    this.#warnOf(highLatency(this.#latencyMs, location, nearestRegion));
    return this.#latencyMs;
  }

  #warnOf(warning: Warning | null): void {
    if (warning !== null) this.#report.warn(warning.code, warning.message);
  }

  /** Asks at once, behind what is underway, where one connection takes both: a round trip less. Else when it is called. */
  #rightAfter<T>(storage: Storage, ask: () => Promise<T>): () => Promise<T> {
    const answer = storage.capabilities.pipelined ? ask() : undefined;
    return () => answer ?? ask();
  }

  /** A refusal is an answer as quick as any other. */
  async #timed<T>(answer: Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await answer;
    } finally {
      this.#latencyMs = Math.min(this.#latencyMs, performance.now() - began);
    }
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

/** Whether an object is there, else the code of the answer. */
type Found = 'there' | DiagnosisCode;

function codeOf(error: unknown): DiagnosisCode {
  return error instanceof StorageFailure ? error.code : 'operation.failed';
}

const KEEPS_WHAT_IS_WRITTEN: readonly DiagnosisCode[] = ['object.locked', 'permission.delete_denied'];
