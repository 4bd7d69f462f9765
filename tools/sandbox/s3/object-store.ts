import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Error } from './s3-error.js';

export interface StoredObject {
  key: string;
  size: number;
  /** Without quotes. */
  etag: string;
  /** RFC 3339. */
  modified: string;
  /** `content-type` and `x-amz-meta-*`, given back as they came. */
  headers: Record<string, string>;
  /** Name of the file with the bytes. */
  file: string;
}

export type Body = AsyncIterable<Buffer>;

interface Bucket {
  folder: string;
  objects: Map<string, StoredObject>;
  /** In the order of listings; null after a change. */
  sortedKeys: string[] | null;
}

/** Objects in a folder: one file of bytes and one of description each, and all descriptions in memory. */
export class ObjectStore {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) this.#buckets.set(name, loadBucket(join(folder, name)));
  }

  bucketNames(): string[] {
    return [...this.#buckets.keys()].sort();
  }

  hasBucket(name: string): boolean {
    return this.#buckets.has(name);
  }

  /** @throws S3Error InvalidBucketName, BucketAlreadyOwnedByYou */
  createBucket(name: string): void {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
    }
    if (this.#buckets.has(name)) {
      throw new S3Error('BucketAlreadyOwnedByYou', 'You have created this bucket before, and you own it.');
    }
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    this.#buckets.set(name, { folder, objects: new Map(), sortedKeys: [] });
  }

  /** @throws S3Error NoSuchBucket, BucketNotEmpty */
  async deleteBucket(name: string): Promise<void> {
    const bucket = this.#bucket(name);
    if (bucket.objects.size > 0) {
      throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty.');
    }
    this.#buckets.delete(name);
    await rm(bucket.folder, { recursive: true, force: true });
  }

  /** @throws S3Error NoSuchBucket, NoSuchKey */
  object(bucketName: string, key: string): StoredObject {
    const object = this.#bucket(bucketName).objects.get(key);
    if (!object) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
    return object;
  }

  /** The object that is there now, if any. */
  find(bucketName: string, key: string): StoredObject | undefined {
    return this.#bucket(bucketName).objects.get(key);
  }

  read(bucketName: string, object: StoredObject, range?: { first: number; last: number }): Readable {
    const options = range ? { start: range.first, end: range.last } : {};
    return createReadStream(join(this.#bucket(bucketName).folder, object.file), options);
  }

  /**
   * Replaces what was there only when the whole body has come and is right.
   * @param etagOf of the MD5 of the bytes; an object that was joined from parts has another
   */
  async put(
    bucketName: string,
    key: string,
    body: Body,
    headers: Record<string, string>,
    etagOf: (md5: string) => string = (md5) => md5,
  ): Promise<StoredObject> {
    const bucket = this.#bucket(bucketName);
    const file = `${randomUUID()}.data`;
    const path = join(bucket.folder, file);
    const { size, md5 } = await writeBytes(path, body);
    const object = { key, size, etag: etagOf(md5), modified: new Date().toISOString(), headers, file };
    const replaced = bucket.objects.get(key);
    await writeDescription(bucket.folder, object);
    bucket.objects.set(key, object);
    if (replaced) await rm(join(bucket.folder, replaced.file), { force: true });
    else bucket.sortedKeys = null;
    return object;
  }

  async remove(bucketName: string, key: string): Promise<void> {
    const bucket = this.#bucket(bucketName);
    const object = bucket.objects.get(key);
    if (!object) return;
    bucket.objects.delete(key);
    bucket.sortedKeys = null;
    await rm(join(bucket.folder, descriptionFile(key)), { force: true });
    await rm(join(bucket.folder, object.file), { force: true });
  }

  /** Keys in the order of their UTF-8 bytes. */
  keys(bucketName: string): string[] {
    const bucket = this.#bucket(bucketName);
    bucket.sortedKeys ??= [...bucket.objects.keys()]
      .map((key) => Buffer.from(key))
      .sort((a, b) => Buffer.compare(a, b))
      .map((bytes) => bytes.toString());
    return bucket.sortedKeys;
  }

  #bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (!bucket) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
    return bucket;
  }
}

const DESCRIPTION = '.json';
const descriptionFile = (key: string) => `${createHash('sha256').update(key).digest('hex')}${DESCRIPTION}`;

function loadBucket(folder: string): Bucket {
  const objects = readdirSync(folder)
    .filter((file) => file.endsWith(DESCRIPTION))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as StoredObject)
    .filter(({ file }) => existsSync(join(folder, file)));
  return { folder, objects: new Map(objects.map((object) => [object.key, object])), sortedKeys: null };
}

async function writeDescription(folder: string, object: StoredObject): Promise<void> {
  const path = join(folder, descriptionFile(object.key));
  const unfinished = `${path}.${object.file}`;
  await writeFile(unfinished, JSON.stringify(object));
  await rename(unfinished, path);
}

/** Nothing is left when the body fails. */
export async function writeBytes(path: string, body: Body): Promise<{ size: number; md5: string }> {
  const hash = createHash('md5');
  let size = 0;
  const measure = async function* (source: Body) {
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  try {
    await pipeline(body, measure, createWriteStream(path));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { size, md5: hash.digest('hex') };
}
