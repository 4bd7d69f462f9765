import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type PutObjectCommandInput,
  type S3Client,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Provider, StorageLocation } from '@stowage/contracts';
import { abortFailure, deadlineAfter } from '../deadline.js';
import { diagnose } from '../diagnosis/diagnose.js';
import type {
  ContainerState,
  DriverOptions,
  GetOptions,
  ListedObject,
  ObjectStat,
  OpenDriver,
  PutOptions,
  StorageDriver,
} from '../driver.js';
import { StorageFailure } from '../failure.js';
import type { S3Way, StepObserver } from '../step-observer.js';
import { createClient } from './client.js';
import { otherChecksumModes, otherWays } from './other-ways.js';
import { QuotaWatch } from './quota-watch.js';
import { speaksS3 } from './speaks-s3.js';
import { speaksTls } from './speaks-tls.js';
import { failureOf, type S3Operation } from './symptoms.js';

const MAX_PARTS = 10_000;
const PARTS_AT_ONCE = 2;
const DEFAULT_PART_SIZE = 32 * 1024 * 1024;
/** Longest that one question asked in another way may take. */
const ASKING_AGAIN_MS = 4000;
const CONSOLE_PORT = '9001';
const API_PORT = '9000';

export const openS3: OpenDriver = (options) => Promise.resolve(new S3Driver(options));

/** Every vendor that speaks S3; what differs between them is data in vendors.ts. */
class S3Driver implements StorageDriver {
  readonly capabilities = { multipart: true, range: true, pipelined: false };
  readonly #options: DriverOptions;
  readonly #closed = new AbortController();
  readonly #bucket: string;
  /** As configured, else as found: how the bucket is addressed and uploads carry a checksum. */
  #location: StorageLocation;
  #client: S3Client;
  #quota = new QuotaWatch();
  /** What `connect` was answered, for the first `checkContainer`: asking twice would tell nothing new. */
  #answer: Promise<ContainerState> | undefined;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#location = options.location;
    this.#bucket = options.location.bucket ?? '';
    this.#client = this.#clientFor(options.location, options.observer);
  }

  /** S3 has no login: the credentials are proven by the first answer that is no refusal of them. */
  async connect(signal: AbortSignal): Promise<void> {
    const { observer } = this.#options;
    const answer = this.#findContainer(signal);
    try {
      await answer;
    } catch (error) {
      if (!(error instanceof StorageFailure) || !provesCredentials(error)) throw error;
    }
    this.#answer = answer;
    if (this.#location.endpoint_url?.startsWith('http://')) {
      observer?.warn('s3.clear_text', 'endpoint_url begins with http://: backups cross the network in clear text');
    }
    observer?.step('authenticate', 'ok');
  }

  async checkContainer(signal: AbortSignal): Promise<ContainerState> {
    const answer = this.#answer ?? this.#askForContainer(signal);
    this.#answer = undefined;
    return answer;
  }

  /** A refusal is believed only once the other ways of asking are refused too. */
  async #findContainer(signal: AbortSignal): Promise<ContainerState> {
    const answer = await this.#askForContainer(signal).catch((error: unknown) => error as StorageFailure);
    if (!(answer instanceof Error) && answer.state === 'exists') return answer;
    const refusal = answer instanceof Error ? answer : new StorageFailure('permission.list_denied');
    for (const other of otherWays(refusal, this.#location)) {
      if (!(await this.#isGranted({ ...this.#location, ...other.location }, signal))) continue;
      if ('meaning' in other) throw other.meaning;
      this.#goOnWith(other.location);
      return { state: 'exists' };
    }
    if (answer instanceof Error) throw await this.#explained(answer, signal);
    return answer;
  }

  /** HEAD has no body, so a refused one is asked again as a list of one key, whose error carries a code. */
  async #askForContainer(signal: AbortSignal): Promise<ContainerState> {
    const head = await this.#send('head', signal, async (options) => {
      const answer = await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), options);
      return answer.$metadata.requestId !== undefined || answer.BucketRegion !== undefined;
    }).catch((error: unknown) => error);
    if (head === true) return { state: 'exists' };
    if (head instanceof StorageFailure && endsTheQuestion(head)) throw head;
    return this.#checkByListing(signal);
  }

  /** Under the path prefix: many keys may list nothing else. */
  async #checkByListing(signal: AbortSignal): Promise<ContainerState> {
    try {
      await this.#listPage({ MaxKeys: 1, Prefix: this.#location.path_prefix ?? undefined }, signal);
      return { state: 'exists' };
    } catch (error) {
      if (!(error instanceof StorageFailure) || error.code !== 'permission.list_denied') throw error;
      this.#options.observer?.warn('permission.list_denied', diagnose(error, this.#location).hint);
      return { state: 'unknown', reason: 'the credentials may neither ask for the bucket nor list it' };
    }
  }

  async #isGranted(location: StorageLocation, signal: AbortSignal): Promise<boolean> {
    const other = new S3Driver({ ...this.#options, location, observer: undefined });
    const deadline = deadlineAfter(ASKING_AGAIN_MS, signal);
    try {
      const { state } = await other.#askForContainer(deadline.signal);
      this.#quota = other.#quota;
      return state === 'exists';
    } catch {
      return false;
    } finally {
      deadline.clear();
      await other.close();
    }
  }

  #goOnWith(way: S3Way): void {
    this.#client.destroy();
    this.#location = { ...this.#location, ...way };
    this.#client = this.#clientFor(this.#location);
    this.#options.observer?.found(way);
  }

  #clientFor(location: StorageLocation, observer?: StepObserver): S3Client {
    const { credentials, dialer } = this.#options;
    return createClient(location, credentials, { dialer, observer, quota: this.#quota, signal: this.#closed.signal });
  }

  /** What is at the other end when it does not speak S3 the way it was asked. */
  async #explained(failure: StorageFailure, signal: AbortSignal): Promise<StorageFailure> {
    const url = new URL(this.#location.endpoint_url ?? '');
    const options = { dialer: this.#options.dialer, ca: this.#location.ca_certificate, signal };
    if (await this.#isClearTextToTls(failure, signal)) {
      const { origin } = new URL(`https://${url.hostname}:${url.port || 80}`);
      return new StorageFailure('tls.required', { step: 'tls', suggested: { endpoint_url: origin } });
    }
    if (failure.code === 'tls.not_tls') {
      const clear = `http://${url.hostname}:${url.port || 443}`;
      if (await speaksS3(clear, options)) return suggesting({ endpoint_url: clear }, failure);
    }
    if (failure.code === 's3.not_s3' && url.port === CONSOLE_PORT) {
      url.port = API_PORT;
      if (await speaksS3(url.origin, options)) return suggesting({ endpoint_url: url.origin }, failure);
    }
    return failure;
  }

  /**
   * One call for every body. A body that fits in one part is sent by PutObject, from memory: a stream would make the SDK
   * use chunked uploads with trailers, which some servers refuse and others store as data.
   */
  async put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<void> {
    try {
      await this.#upload(key, body, options);
    } catch (error) {
      // What has flowed out of a stream cannot be sent again.
      if (!(error instanceof StorageFailure) || body instanceof Readable) throw error;
      if (!CHECKSUM_REFUSED.includes(error.code)) throw await this.#whyDenied(key, body, options, error);
      await this.#uploadOtherwise(key, body, options, error);
    }
  }

  /**
   * Whether a policy wants a header with each upload is found out by sending it. Only while somebody observes, that is in a test,
   * which takes away what it wrote: a backup must not have its object replaced by a question.
   */
  async #whyDenied(
    key: string,
    body: Uint8Array,
    options: PutOptions,
    refusal: StorageFailure,
  ): Promise<StorageFailure> {
    const { observer, location } = this.#options;
    const isDenied = refusal.code === 'permission.write_denied' && HAVE_POLICIES.includes(location.provider);
    if (!isDenied || observer === undefined) return refusal;
    for (const encryption of ['AES256', 'aws:kms'] as const) {
      const upload = this.#upload(key, body, options, { encryption });
      const isTaken = await upload.then(
        () => true,
        () => false,
      );
      if (isTaken) return new StorageFailure('s3.encryption_header', { ...refusal.detail, values: { encryption } });
    }
    return refusal;
  }

  /** Which checksums a service takes is found out by trying. @throws the first refusal when it takes none */
  async #uploadOtherwise(key: string, body: Uint8Array, options: PutOptions, refusal: StorageFailure): Promise<void> {
    for (const checksum_mode of otherChecksumModes(this.#location.checksum_mode)) {
      const client = this.#clientFor({ ...this.#location, checksum_mode });
      try {
        await this.#upload(key, body, options, { client });
        return this.#goOnWith({ checksum_mode });
      } catch (error) {
        if (!(error instanceof StorageFailure) || !CHECKSUM_REFUSED.includes(error.code)) throw error;
      } finally {
        client.destroy();
      }
    }
    throw refusal;
  }

  async #upload(
    key: string,
    body: Readable | Uint8Array,
    { size, partSize, signal, onProgress }: PutOptions,
    { client = this.#client, encryption }: { client?: S3Client; encryption?: ServerSideEncryption } = {},
  ): Promise<void> {
    const { storage_class, part_size_bytes } = this.#location;
    const params: PutObjectCommandInput = { Bucket: this.#bucket, Key: key, Body: body };
    if (storage_class !== null) params.StorageClass = storage_class;
    if (encryption !== undefined) params.ServerSideEncryption = encryption;
    await this.#send('put', signal, async ({ abortSignal }) => {
      const upload = new Upload({
        client,
        params,
        partSize: partSizeFor(size, partSize ?? part_size_bytes ?? DEFAULT_PART_SIZE),
        queueSize: PARTS_AT_ONCE,
      });
      const abort = () => void upload.abort();
      abortSignal.addEventListener('abort', abort, { once: true });
      let parts = 0;
      upload.on('httpUploadProgress', ({ loaded = 0, part = 0 }) => {
        parts = Math.max(parts, part);
        onProgress?.(loaded);
      });
      try {
        const answer = await upload.done();
        // Any web server can answer 200 to a PUT; S3 names what it stored. An upload in parts has proven itself by then.
        if (!answer.ETag && upload.uploadId === undefined) throw new StorageFailure('s3.not_s3');
        if (answer.VersionId !== undefined) this.#options.observer?.warn('s3.versioned', KEEPS_VERSIONS);
      } catch (error) {
        // The SDK has only words for it.
        throw parts > MAX_PARTS - PARTS_AT_ONCE ? new StorageFailure('object.too_many_parts', { cause: error }) : error;
      } finally {
        abortSignal.removeEventListener('abort', abort);
      }
    });
  }

  get(key: string, { range, signal }: GetOptions): Promise<Readable> {
    const Range = range && `bytes=${range.first}-${range.last}`;
    return this.#send('get', signal, async (options) => {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range }),
        options,
      );
      if (Body === undefined) throw new StorageFailure('s3.not_s3');
      return Body as Readable;
    });
  }

  stat(key: string, signal: AbortSignal): Promise<ObjectStat> {
    return this.#send('stat', signal, async (options) => {
      const answer = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }), options);
      if (answer.ObjectLockRetainUntilDate !== undefined) {
        this.#options.observer?.warn('s3.object_lock', keptUntil(answer.ObjectLockRetainUntilDate));
      }
      return { size: answer.ContentLength ?? 0 };
    });
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject[]> {
    let token: string | undefined;
    do {
      const page = await this.#listPage({ Prefix: prefix, ContinuationToken: token }, signal);
      yield (page.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ key: Key, size: Size }));
      if (page.IsTruncated && page.NextContinuationToken === token) throw new StorageFailure('s3.not_s3');
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    await this.#send('remove', signal, (options) =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }), options),
    );
  }

  /** As `connect` was told, which costs no request of its own. */
  freeSpace(): Promise<number | null> {
    return Promise.resolve(this.#quota.room);
  }

  close(): Promise<void> {
    this.#closed.abort();
    this.#client.destroy();
    return Promise.resolve();
  }

  #listPage(
    page: { Prefix?: string; ContinuationToken?: string; MaxKeys?: number },
    signal: AbortSignal,
  ): Promise<ListObjectsV2CommandOutput> {
    return this.#send('list', signal, async (options) => {
      const answer = await this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, ...page }), options);
      if (answer.Name !== this.#bucket) throw new StorageFailure('s3.not_s3');
      return answer;
    });
  }

  async #send<T>(
    operation: S3Operation,
    signal: AbortSignal,
    run: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const { credentials } = this.#options;
    try {
      return await run({ abortSignal: AbortSignal.any([signal, this.#closed.signal]) });
    } catch (error) {
      if (signal.aborted) throw abortFailure(signal, 'network.no_response', { cause: error });
      throw failureOf(error, operation, this.#location, credentials);
    }
  }

  /** A TLS port answers clear text with silence, a reset or a page of words: asking it for TLS proves what it is. */
  async #isClearTextToTls({ code }: StorageFailure, signal: AbortSignal): Promise<boolean> {
    const { endpoint_url } = this.#location;
    if (!['network.reset', 'network.dropped', 's3.not_s3'].includes(code)) return false;
    return endpoint_url !== null && endpoint_url.startsWith('http://')
      ? speaksTls(endpoint_url, this.#options.dialer, signal)
      : false;
  }
}

/** Codes that are answers of the storage to a request whose signature it accepted. */
function provesCredentials({ code }: StorageFailure): boolean {
  return /^(container|permission|object)\./.test(code);
}

/** Failures that a list would not explain better. */
function endsTheQuestion({ code }: StorageFailure): boolean {
  const isKnown = ['s3.not_s3', 's3.gateway', 's3.clock_skew', 's3.region_mismatch'].includes(code);
  return isKnown || /^(network|tls|target|operation)\./.test(code);
}

/** Answers to an upload that may be about its checksum; some services have no code of their own for that. */
const CHECKSUM_REFUSED: readonly string[] = [
  's3.checksum_unsupported',
  's3.object_lock_checksum',
  's3.content_length',
  's3.unrecognised',
];

/** Whose buckets have policies with conditions. */
const HAVE_POLICIES: readonly Provider[] = ['aws_s3', 'minio'];

const KEEPS_VERSIONS =
  'The bucket keeps old versions: what is deleted or replaced takes up space until a lifecycle rule removes it.';

const keptUntil = (date: Date): string =>
  `Object Lock keeps what is written here until ${date.toISOString()}: nobody can delete or replace it before.`;

function suggesting(suggested: Record<string, string>, { code, detail }: StorageFailure): StorageFailure {
  return new StorageFailure(code, { ...detail, suggested });
}

/** Whole MiB, so that parts stay equal, which R2 demands. */
function partSizeFor(size: number | undefined, least: number): number {
  const mebibyte = 1024 * 1024;
  return Math.max(least, Math.ceil((size ?? 0) / MAX_PARTS / mebibyte) * mebibyte);
}
