import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type FakeAnswer, startS3Fake, s3Error } from './s3-fake.js';

/** A bucket in memory that believes every signature, and in which some requests are answered otherwise. */
export interface S3Store {
  endpoint: string;
  port: number;
  requests: IncomingMessage[];
  /** The answer in place of the store's own; null leaves the request to it. */
  refuse: (request: IncomingMessage) => FakeAnswer | null;
  /** How far its clock is ahead. Seconds. */
  clockOffsetS: number;
  stop(): Promise<void>;
}

export async function startS3Store(bucket: string): Promise<S3Store> {
  const objects = new Map<string, Buffer>();
  const fake = await startS3Fake((request, response) => {
    const clock = new Date(Date.now() + store.clockOffsetS * 1000).toUTCString();
    response.setHeader('date', clock);
    const isSigned = request.headers.authorization !== undefined;
    const refusal = isSigned ? store.refuse(request) : s3Error(403, 'AccessDenied');
    if (refusal !== null) return refusal;
    response.setHeader('x-amz-request-id', 'fake');
    if (request.method !== 'PUT') return answerOf(request);
    void keep(request, response);
    return null;
  });
  const store: S3Store = {
    endpoint: fake.endpoint,
    port: fake.port,
    requests: fake.requests,
    refuse: () => null,
    clockOffsetS: 0,
    stop: () => fake.stop(),
  };

  async function keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
    objects.set(keyOf(request), await buffer(request));
    response.writeHead(200, { etag: '"e"' }).end();
  }

  function answerOf(request: IncomingMessage): FakeAnswer {
    const key = keyOf(request);
    if (key === '') return { status: 200, body: `<ListBucketResult><Name>${bucket}</Name></ListBucketResult>` };
    if (request.method === 'DELETE') objects.delete(key);
    if (request.method === 'DELETE') return { status: 204 };
    const body = objects.get(key);
    if (body === undefined) return s3Error(404, 'NoSuchKey');
    return { status: 200, headers: { 'content-length': String(body.length) }, body: body.toString('latin1') };
  }

  /** Empty for the bucket itself; the bucket may stand in the host or in the path. */
  function keyOf({ url = '', headers }: IncomingMessage): string {
    const { pathname } = new URL(url, 'http://fake');
    const path = decodeURIComponent(pathname).slice(1);
    return headers.host?.startsWith(`${bucket}.`) ? path : path.slice(bucket.length + 1);
  }

  return store;
}
