import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { request } from 'node:http';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startSandboxS3, type S3User, type SandboxS3 } from '../servers/index.js';

let server: SandboxS3;
let client: S3Client;
const clients: S3Client[] = [];

function clientOf({ access_key, secret_key }: S3User, options: S3ClientConfig = {}): S3Client {
  const made = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: access_key, secretAccessKey: secret_key },
    ...options,
  });
  clients.push(made);
  return made;
}

beforeAll(async () => {
  server = await startSandboxS3();
  client = clientOf(server.users.full);
});

afterAll(async () => {
  for (const each of clients) each.destroy();
  await server.stop();
});

const put = (Key: string, Body: string | Buffer | Readable, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body, ...more }));
const get = async (Key: string, more: object = {}) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: server.bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

describe('Who may in', () => {
  it('refuses a wrong secret', async () => {
    const stranger = clientOf({ ...server.users.full, secret_key: 'wrong' });
    await expect(stranger.send(new ListObjectsV2Command({ Bucket: server.bucket }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('refuses an unknown key', async () => {
    const stranger = clientOf({ access_key: 'AKNOBODY', secret_key: 'x' });
    await expect(stranger.send(new ListObjectsV2Command({ Bucket: server.bucket }))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
  });

  it('refuses a clock that is 20 minutes wrong', async () => {
    const late = clientOf(server.users.full, { systemClockOffset: -20 * 60_000 });
    await expect(late.send(new ListObjectsV2Command({ Bucket: server.bucket }))).rejects.toMatchObject({
      name: 'RequestTimeTooSkewed',
    });
  });

  it('refuses a request without a signature', async () => {
    const answer = await fetch(`${server.endpoint}/${server.bucket}`);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>AccessDenied</Code>');
  });

  it('lets a read-only account read and not write', async () => {
    await put('for-all', 'text');
    const reader = clientOf(server.users.readonly);
    await expect(reader.send(new HeadObjectCommand({ Bucket: server.bucket, Key: 'for-all' }))).resolves.toMatchObject({
      ContentLength: 4,
    });
    await expect(
      reader.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'x', Body: 'x' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('Buckets', () => {
  it('are made, found and removed when they are empty', async () => {
    const Bucket = 'another-bucket';
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new HeadBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await client.send(new DeleteBucketCommand({ Bucket }));
    await expect(client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('that do not exist take nothing', async () => {
    await expect(
      client.send(new PutObjectCommand({ Bucket: 'no-such-bucket', Key: 'k', Body: 'x' })),
    ).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('Objects', () => {
  it.each(['plain', 'päckchen/日本語 und Leerzeichen', 'a+b=c&d?e#f%25', "quote'(1)*!"])(
    'come back as they were stored: %s',
    async (key) => {
      const { ETag } = await put(key, 'content');
      expect(ETag).toBe(`"${createHash('md5').update('content').digest('hex')}"`);
      expect((await get(key)).toString()).toBe('content');
      await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: key }));
      await expect(get(key)).rejects.toMatchObject({ name: 'NoSuchKey' });
    },
  );

  it('are stored without the framing of a streamed body with a checksum in its trailer', async () => {
    const bytes = Buffer.alloc(200_000, 'abc');
    await put('streamed', Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]), {
      ContentLength: bytes.length,
    });
    expect((await get('streamed')).equals(bytes)).toBe(true);
  });

  it('are refused when the checksum does not fit, and what was there stays', async () => {
    await put('kept', 'before');
    await expect(put('kept', 'after', { ChecksumSHA256: Buffer.alloc(32).toString('base64') })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    expect((await get('kept')).toString()).toBe('before');
  });

  it('are read in ranges', async () => {
    await put('ranges', '0123456789');
    expect((await get('ranges', { Range: 'bytes=2-4' })).toString()).toBe('234');
    expect((await get('ranges', { Range: 'bytes=7-' })).toString()).toBe('789');
    expect((await get('ranges', { Range: 'bytes=-3' })).toString()).toBe('789');
    await expect(get('ranges', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it('obey conditions on their ETag', async () => {
    const { ETag } = await put('conditional', 'one');
    await expect(put('conditional', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('conditional', 'two', { IfMatch: '"other"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await put('conditional', 'two', { IfMatch: ETag });
    expect((await get('conditional')).toString()).toBe('two');
  });

  it('are removed by the list', async () => {
    await put('many/1', 'x');
    await put('many/2', 'x');
    const Objects = [{ Key: 'many/1' }, { Key: 'many/2' }];
    await client.send(new DeleteObjectsCommand({ Bucket: server.bucket, Delete: { Objects } }));
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: server.bucket, Prefix: 'many/' }));
    expect(KeyCount).toBe(0);
  });

  it('survive a client that goes away in the middle of a body', async () => {
    await put('interrupted', 'before');
    const { promise, resolve } = withResolvers();
    const broken = request(`${server.endpoint}/${server.bucket}/interrupted`, { method: 'PUT' });
    broken.on('error', () => resolve());
    broken.write('half');
    broken.destroy();
    await promise;
    expect((await get('interrupted')).toString()).toBe('before');
  });
});

describe('Listings', () => {
  it('come in pages, in the order of the bytes, folders rolled up', async () => {
    for (const key of ['list/b', 'list/a/1', 'list/a/2', 'list/ä', 'list/Z']) await put(key, key);
    const pages: string[][] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: server.bucket, Prefix: 'list/', MaxKeys: 2, ContinuationToken }),
      );
      pages.push((page.Contents ?? []).map(({ Key = '' }) => Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(pages).toEqual([['list/Z', 'list/a/1'], ['list/a/2', 'list/b'], ['list/ä']]);
    const rolledUp = await client.send(
      new ListObjectsV2Command({ Bucket: server.bucket, Prefix: 'list/', Delimiter: '/' }),
    );
    expect(rolledUp.CommonPrefixes).toEqual([{ Prefix: 'list/a/' }]);
    expect(rolledUp.Contents).toHaveLength(3);
  });
});

describe('Multipart uploads', () => {
  const target = () => ({ Bucket: server.bucket, Key: 'parts' });

  it('join their parts', async () => {
    const bytes = Buffer.alloc(6 * 1024 * 1024, 'stowage');
    await new Upload({ client, params: { ...target(), Body: Readable.from([bytes]) } }).done();
    const { ETag, ContentLength } = await client.send(new HeadObjectCommand(target()));
    expect(ContentLength).toBe(bytes.length);
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await get('parts')).equals(bytes)).toBe(true);
  });

  it('refuse small parts and parts that were never sent, and leave nothing when aborted', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target()));
    const part = async (PartNumber: number) => {
      const { ETag } = await client.send(new UploadPartCommand({ ...target(), UploadId, PartNumber, Body: 'small' }));
      return { PartNumber, ETag };
    };
    const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...target(), UploadId, MultipartUpload: { Parts } }));
    const parts = [await part(1), await part(2)];
    await expect(complete(parts)).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete([{ PartNumber: 3, ETag: '"0"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete(parts.toReversed())).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await client.send(new AbortMultipartUploadCommand({ ...target(), UploadId }));
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
    expect(Uploads).toBeUndefined();
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
