import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { listObjects } from './listing.js';
import { MultipartUploads } from './multipart-uploads.js';
import { ObjectStore, type StoredObject } from './object-store.js';
import { readBody, readText } from './request-body.js';
import { S3Error } from './s3-error.js';
import { decode, headerOf, verifySignature, type S3Account, type VerifiedRequest } from './signature.js';
import { fromXml, toXml } from './xml.js';

const LONGEST_KEY = 1024;

/** One request, taken apart. */
interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  verified: VerifiedRequest;
  bucket: string;
  key: string;
  query: URLSearchParams;
}

/**
 * An S3 service for trying things out: path-style addressing, signatures verified, objects in a folder. What it does not
 * know it refuses (NotImplemented) rather than ignore: versions, policies, copies, presigned URLs.
 */
export function createS3Server(folder: string, accounts: S3Account[]): Server {
  const store = new ObjectStore(join(folder, 'buckets'));
  const uploads = new MultipartUploads(store, join(folder, 'uploads'));
  const service = new S3Service(store, uploads);
  return createServer((request, response) => {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('server', 'stowage-sandbox');
    service.answer(request, response, accounts).catch((error: unknown) => fail(request, response, requestId, error));
  });
}

function fail(request: IncomingMessage, response: ServerResponse, requestId: string, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = error instanceof S3Error ? error : new S3Error('InternalError', 'We encountered an internal error.');
  if (known !== error) console.error(error);
  const body = toXml('Error', {
    Code: known.code,
    Message: known.message,
    Resource: request.url,
    RequestId: requestId,
  });
  // What is left of the body is not read: the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close');
  response.statusCode = known.status;
  if (request.method === 'HEAD' || known.status === 304) response.end();
  else response.setHeader('content-type', 'application/xml').end(body);
  request.resume();
}

class S3Service {
  constructor(
    private readonly store: ObjectStore,
    private readonly uploads: MultipartUploads,
  ) {}

  async answer(request: IncomingMessage, response: ServerResponse, accounts: S3Account[]): Promise<void> {
    const verified = verifySignature(request, accounts);
    const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
    const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
    const call = {
      request,
      response,
      verified,
      bucket: decode(bucket),
      key: decode(key),
      query: new URLSearchParams(query),
    };
    refuseWhatIsNotKnown(call);
    if (verified.account.readonly && !['GET', 'HEAD'].includes(request.method ?? '')) {
      throw new S3Error('AccessDenied', 'Access Denied');
    }
    if (call.bucket === '') this.#listBuckets(call);
    else if (call.key === '') await this.#bucket(call);
    else await this.#object(call);
  }

  #listBuckets(call: Call): void {
    if (call.request.method !== 'GET') throw methodNotAllowed();
    const buckets = this.store.bucketNames().map((name) => ({ Name: name, CreationDate: new Date(0).toISOString() }));
    const owner = { ID: 'sandbox', DisplayName: 'sandbox' };
    sendXml(call, 'ListAllMyBucketsResult', { Owner: owner, Buckets: { Bucket: buckets } });
  }

  async #bucket(call: Call): Promise<void> {
    const { request, response, bucket, query, verified } = call;
    switch (request.method ?? '') {
      case 'PUT':
        await readText(request, verified);
        this.store.createBucket(bucket);
        response.setHeader('location', `/${bucket}`).end();
        return;
      case 'DELETE':
        await this.store.deleteBucket(bucket);
        response.writeHead(204).end();
        return;
      case 'HEAD':
        this.store.keys(bucket);
        response.end();
        return;
      case 'GET':
        this.store.keys(bucket);
        if (query.has('location')) sendXml(call, 'LocationConstraint', {});
        else if (query.has('uploads')) this.#listUploads(call);
        else if (query.get('list-type') === '2') sendDocument(call, listObjects(this.store, bucket, query));
        else throw new S3Error('NotImplemented', 'Use list-type=2.');
        return;
      case 'POST':
        if (!query.has('delete')) throw methodNotAllowed();
        await this.#deleteObjects(call);
        return;
      default:
        throw methodNotAllowed();
    }
  }

  #listUploads(call: Call): void {
    const { bucket, query } = call;
    const prefix = query.get('prefix') ?? '';
    const uploads = this.uploads.list(bucket).filter(({ key }) => key.startsWith(prefix));
    sendXml(call, 'ListMultipartUploadsResult', {
      Bucket: bucket,
      IsTruncated: false,
      Upload: uploads.map(({ key, id, started }) => ({ Key: key, UploadId: id, Initiated: started })),
    });
  }

  async #deleteObjects(call: Call): Promise<void> {
    const { request, verified, bucket } = call;
    const { Object: objects } = fromXml(await readText(request, verified), 'Delete') as { Object?: { Key: string }[] };
    const keys = (objects ?? []).map(({ Key }) => Key);
    this.store.keys(bucket);
    for (const key of keys) await this.store.remove(bucket, key);
    sendXml(call, 'DeleteResult', { Deleted: keys.map((key) => ({ Key: key })) });
  }

  async #object(call: Call): Promise<void> {
    const { request, response, bucket, key, query } = call;
    if (Buffer.byteLength(key) > LONGEST_KEY) throw new S3Error('KeyTooLongError', 'Your key is too long');
    const uploadId = query.get('uploadId');
    if (uploadId !== null) {
      await this.#upload(call, uploadId);
      return;
    }
    switch (request.method ?? '') {
      case 'GET':
      case 'HEAD':
        await this.#get(call);
        return;
      case 'PUT':
        await this.#put(call);
        return;
      case 'DELETE':
        await this.store.remove(bucket, key);
        response.writeHead(204).end();
        return;
      case 'POST':
        if (!query.has('uploads')) throw methodNotAllowed();
        sendXml(call, 'InitiateMultipartUploadResult', {
          Bucket: bucket,
          Key: key,
          UploadId: this.uploads.begin(bucket, key, keptHeaders(request)).id,
        });
        return;
      default:
        throw methodNotAllowed();
    }
  }

  async #get(call: Call): Promise<void> {
    const { request, response, bucket, key } = call;
    const object = this.store.object(bucket, key);
    const etag = `"${object.etag}"`;
    for (const [name, value] of Object.entries(object.headers)) response.setHeader(name, value);
    response.setHeader('etag', etag);
    response.setHeader('last-modified', new Date(object.modified).toUTCString());
    response.setHeader('accept-ranges', 'bytes');
    if (!matches(headerOf(request, 'if-match'), etag, true)) throw preconditionFailed();
    if (matches(headerOf(request, 'if-none-match'), etag, false)) throw new S3Error('NotModified', 'Not Modified');
    const range = rangeOf(headerOf(request, 'range'), object.size);
    if (range) {
      response.statusCode = 206;
      response.setHeader('content-range', `bytes ${range.first}-${range.last}/${object.size}`);
    }
    response.setHeader('content-length', range ? range.last - range.first + 1 : object.size);
    if (request.method === 'HEAD') response.end();
    else await pipeline(this.store.read(bucket, object, range), response);
  }

  async #put({ request, response, verified, bucket, key }: Call): Promise<void> {
    this.#checkConditions(request, this.store.find(bucket, key));
    const object = await this.store.put(bucket, key, readBody(request, verified), keptHeaders(request));
    response.setHeader('etag', `"${object.etag}"`).end();
  }

  #checkConditions(request: IncomingMessage, object: StoredObject | undefined): void {
    const etag = object ? `"${object.etag}"` : '';
    if (object && matches(headerOf(request, 'if-none-match'), etag, false)) throw preconditionFailed();
    if (!matches(headerOf(request, 'if-match'), etag, true)) throw preconditionFailed();
  }

  async #upload(call: Call, uploadId: string): Promise<void> {
    const { request, response, verified, bucket, key, query } = call;
    const upload = this.uploads.find(bucket, key, uploadId);
    switch (request.method ?? '') {
      case 'PUT': {
        const etag = await this.uploads.putPart(upload, Number(query.get('partNumber')), readBody(request, verified));
        response.setHeader('etag', `"${etag}"`).end();
        return;
      }
      case 'GET':
        sendXml(call, 'ListPartsResult', {
          Bucket: bucket,
          Key: key,
          UploadId: uploadId,
          IsTruncated: false,
          Part: [...upload.parts.values()].map(({ number, size, md5 }) => ({
            PartNumber: number,
            ETag: `"${md5}"`,
            Size: size,
          })),
        });
        return;
      case 'POST': {
        const { Part } = fromXml(await readText(request, verified), 'CompleteMultipartUpload') as {
          Part?: { PartNumber: string; ETag: string }[];
        };
        const parts = (Part ?? []).map(({ PartNumber, ETag }) => ({
          number: Number(PartNumber),
          etag: ETag.replace(/^(?:"|&quot;)|(?:"|&quot;)$/g, ''),
        }));
        this.#checkConditions(request, this.store.find(bucket, key));
        const { etag } = await this.uploads.complete(upload, parts);
        sendXml(call, 'CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: `"${etag}"` });
        return;
      }
      case 'DELETE':
        await this.uploads.abort(upload);
        response.writeHead(204).end();
        return;
      default:
        throw methodNotAllowed();
    }
  }
}

/** Query keys that choose what a request does; one that is not here would be done as something else. */
const KNOWN_QUERY = new Set(
  `list-type prefix delimiter max-keys continuation-token start-after encoding-type fetch-owner location uploads uploadId
  partNumber delete max-uploads max-parts x-id`.split(/\s+/),
);

function refuseWhatIsNotKnown({ query, request }: Call): void {
  const unknown = [...query.keys()].find((name) => !KNOWN_QUERY.has(name));
  if (unknown !== undefined) throw new S3Error('NotImplemented', `This server does not know the parameter ${unknown}.`);
  if (request.headers['x-amz-copy-source']) throw new S3Error('NotImplemented', 'This server does not copy objects.');
}

const methodNotAllowed = () =>
  new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');

const preconditionFailed = () =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');

/** Whether a list of ETags names this one; `absent` when there is no such header. */
function matches(header: string | undefined, etag: string, absent: boolean): boolean {
  if (header === undefined) return absent;
  const named = header.split(',').map((part) => part.trim());
  return etag !== '' && (named.includes('*') || named.includes(etag) || named.includes(etag.slice(1, -1)));
}

/** RFC 9110, section 14.2: one range; a header of another form is ignored. */
function rangeOf(header: string | undefined, size: number): { first: number; last: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first > last) throw new S3Error('InvalidRange', 'The requested range is not satisfiable');
  return { first, last };
}

const keptHeaders = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.keys(request.headers)
      .filter((name) => name === 'content-type' || name.startsWith('x-amz-meta-'))
      .map((name) => [name, headerOf(request, name) ?? '']),
  );

const sendXml = (call: Call, root: string, content: object): void => sendDocument(call, toXml(root, content));

function sendDocument({ response }: Call, document: string): void {
  response.setHeader('content-type', 'application/xml').end(document);
}
