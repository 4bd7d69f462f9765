import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBytes, type Body, type ObjectStore, type StoredObject } from './object-store.js';
import { S3Error } from './s3-error.js';

const SMALLEST_PART = 5 * 1024 * 1024;
const HIGHEST_NUMBER = 10_000;

interface Part {
  number: number;
  size: number;
  md5: string;
  file: string;
}

export interface Upload {
  id: string;
  bucket: string;
  key: string;
  started: string;
  headers: Record<string, string>;
  parts: Map<number, Part>;
}

/** Uploads that are under way; they do not outlive the server. */
export class MultipartUploads {
  readonly #uploads = new Map<string, Upload>();

  constructor(
    private readonly store: ObjectStore,
    private readonly folder: string,
  ) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  begin(bucket: string, key: string, headers: Record<string, string>): Upload {
    this.store.find(bucket, key); // NoSuchBucket
    const upload = { id: randomUUID(), bucket, key, started: new Date().toISOString(), headers, parts: new Map() };
    mkdirSync(join(this.folder, upload.id));
    this.#uploads.set(upload.id, upload);
    return upload;
  }

  list(bucket: string): Upload[] {
    return [...this.#uploads.values()].filter((upload) => upload.bucket === bucket);
  }

  /** @throws S3Error NoSuchUpload */
  find(bucket: string, key: string, id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload?.bucket !== bucket || upload.key !== key) {
      throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.');
    }
    return upload;
  }

  /** Returns the part's ETag, without quotes. */
  async putPart(upload: Upload, number: number, body: Body): Promise<string> {
    if (!Number.isInteger(number) || number < 1 || number > HIGHEST_NUMBER) {
      throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${HIGHEST_NUMBER}, inclusive`);
    }
    const file = join(this.folder, upload.id, randomUUID());
    const { size, md5 } = await writeBytes(file, body);
    const replaced = upload.parts.get(number);
    upload.parts.set(number, { number, size, md5, file });
    if (replaced) await rm(replaced.file, { force: true });
    return md5;
  }

  /** Joins the parts that the client names, which must be those that were sent. */
  async complete(upload: Upload, wanted: { number: number; etag: string }[]): Promise<StoredObject> {
    const parts = wanted.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      if (part?.md5 !== etag)
        throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.');
      return part;
    });
    if (parts.length === 0) throw new S3Error('MalformedXML', 'You must specify at least one part');
    if (parts.some((part, i) => i > 0 && part.number <= (parts[i - 1]?.number ?? 0))) {
      throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
    }
    if (parts.slice(0, -1).some(({ size }) => size < SMALLEST_PART)) {
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed object size.');
    }
    const md5s = createHash('md5');
    for (const { md5 } of parts) md5s.update(md5, 'hex');
    const etag = `${md5s.digest('hex')}-${parts.length}`;
    const joined = joinFiles(parts.map(({ file }) => file));
    const object = await this.store.put(upload.bucket, upload.key, joined, upload.headers, () => etag);
    await this.abort(upload);
    return object;
  }

  async abort(upload: Upload): Promise<void> {
    this.#uploads.delete(upload.id);
    await rm(join(this.folder, upload.id), { recursive: true, force: true });
  }
}

async function* joinFiles(paths: string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Buffer>;
}
