import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { abortFailure } from '../deadline.js';
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
import { createClient } from './client.js';
import { failureOf, type S3Operation } from './symptoms.js';
import { speaksTls } from './speaks-tls.js';

const MAX_PARTS = 10_000;
const PARTS_AT_ONCE = 2;
const DEFAULT_PART_SIZE = 32 * 1024 * 1024;

export const openS3: OpenDriver = (options) => Promise.resolve(new S3Driver(options));

/** Every vendor that speaks S3; what differs between them is data in vendors.ts. */
class S3Driver implements StorageDriver {
  readonly capabilities = { multipart: true, range: true };
  readonly #options: DriverOptions;
  readonly #client: S3Client;
  readonly #closed = new AbortController();
  readonly #bucket: string;

  constructor(options: DriverOptions) {
    const { location, credentials, dialer, observer } = options;
    this.#options = options;
    this.#bucket = location.bucket ?? '';
    this.#client = createClient(location, credentials, { dialer, observer, signal: this.#closed.signal });
  }

  /** S3 has no login: the credentials are proven by the first answer that is no refusal of them. */
  async connect(signal: AbortSignal): Promise<void> {
    const { observer, location } = this.#options;
    try {
      await this.checkContainer(signal);
    } catch (error) {
      if (await this.#isClearTextToTls(error, signal)) throw new StorageFailure('tls.required', { step: 'tls' });
      if (!(error instanceof StorageFailure) || !provesCredentials(error)) throw error;
    }
    if (location.endpoint_url?.startsWith('http://')) {
      observer?.warn('s3.clear_text', 'endpoint_url begins with http://: backups cross the network in clear text');
    }
    observer?.step('authenticate', 'ok');
  }

  /** HEAD has no body, so a refused one is asked again as a list of one key, whose error carries a code. */
  async checkContainer(signal: AbortSignal): Promise<ContainerState> {
    const head = await this.#send('head', signal, async (options) => {
      const answer = await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), options);
      return answer.$metadata.requestId !== undefined || answer.BucketRegion !== undefined;
    }).catch((error: unknown) => error);
    if (head === true) return { state: 'exists' };
    if (head instanceof StorageFailure && endsTheQuestion(head)) throw head;
    return this.#checkByListing(signal);
  }

  async #checkByListing(signal: AbortSignal): Promise<ContainerState> {
    try {
      await this.#listPage({ MaxKeys: 1 }, signal);
      return { state: 'exists' };
    } catch (error) {
      if (error instanceof StorageFailure && error.code === 'permission.list_denied') {
        return { state: 'unknown', reason: 'the credentials may neither ask for the bucket nor list it' };
      }
      throw error;
    }
  }

  /**
   * One call for every body. A body that fits in one part is sent by PutObject, from memory: a stream would make the SDK
   * use chunked uploads with trailers, which some servers refuse and others store as data.
   */
  async put(
    key: string,
    body: Readable | Uint8Array,
    { size, partSize, signal, onProgress }: PutOptions,
  ): Promise<void> {
    const { location } = this.#options;
    const params: PutObjectCommandInput = { Bucket: this.#bucket, Key: key, Body: body };
    if (location.storage_class !== null) params.StorageClass = location.storage_class;
    await this.#send('put', signal, async ({ abortSignal }) => {
      const upload = new Upload({
        client: this.#client,
        params,
        partSize: partSizeFor(size, partSize ?? location.part_size_bytes ?? DEFAULT_PART_SIZE),
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
      return { size: answer.ContentLength ?? 0, modified_at: answer.LastModified ?? null };
    });
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject[]> {
    let token: string | undefined;
    do {
      const page = await this.#listPage({ Prefix: prefix, ContinuationToken: token }, signal);
      yield (page.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
        key: Key,
        size: Size,
        modified_at: LastModified ?? null,
      }));
      if (page.IsTruncated && page.NextContinuationToken === token) throw new StorageFailure('s3.not_s3');
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    await this.#send('remove', signal, (options) =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }), options),
    );
  }

  /** A refusal is an answer as quick as any other: keys that may only touch objects are refused here. */
  async ping(signal: AbortSignal): Promise<void> {
    try {
      await this.#send('head', signal, (options) =>
        this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), options),
      );
    } catch (error) {
      if (!(error instanceof StorageFailure) || error.code !== 'permission.denied') throw error;
    }
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
    const { location, credentials } = this.#options;
    try {
      return await run({ abortSignal: AbortSignal.any([signal, this.#closed.signal]) });
    } catch (error) {
      if (signal.aborted) throw abortFailure(signal, 'network.no_response', { cause: error });
      throw failureOf(error, operation, location, credentials);
    }
  }

  /** A TLS port answers clear text with silence, a reset or a page of words: asking it for TLS proves what it is. */
  async #isClearTextToTls(error: unknown, signal: AbortSignal): Promise<boolean> {
    const { location, dialer } = this.#options;
    const isSuspicious =
      error instanceof StorageFailure && ['network.reset', 'network.dropped', 's3.not_s3'].includes(error.code);
    if (!isSuspicious || !location.endpoint_url?.startsWith('http://')) return false;
    return speaksTls(location.endpoint_url, dialer, signal);
  }
}

/** Codes that are answers of the storage to a request whose signature it accepted. */
function provesCredentials({ code }: StorageFailure): boolean {
  return /^(container|permission|object)\./.test(code);
}

/** Failures that asking again in another way would not explain better. */
function endsTheQuestion({ code }: StorageFailure): boolean {
  return /^(network|tls|target|operation)\./.test(code) || ['s3.not_s3', 's3.gateway', 's3.clock_skew'].includes(code);
}

/** Whole MiB, so that parts stay equal, which R2 demands. */
function partSizeFor(size: number | undefined, least: number): number {
  const mebibyte = 1024 * 1024;
  return Math.max(least, Math.ceil((size ?? 0) / MAX_PARTS / mebibyte) * mebibyte);
}
