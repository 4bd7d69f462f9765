import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { ChunkReader } from './chunk-reader.js';
import { S3Error } from './s3-error.js';
import { headerOf, type VerifiedRequest } from './signature.js';

const CHECKSUMS = ['crc32', 'sha1', 'sha256'] as const;
type Checksum = (typeof CHECKSUMS)[number];

/**
 * The bytes of the object, whatever the request wraps them in. What the request says of them (length, hash, checksums in
 * headers or trailer, signatures of chunks) is checked as they pass; a fault is thrown at the end at the latest, so that
 * nothing may be kept before this is through.
 * @throws S3Error
 */
export async function* readBody(request: IncomingMessage, verified: VerifiedRequest): AsyncGenerator<Buffer> {
  const declared = declarations(request);
  const digests = new Digests();
  let length = 0;
  const trailer: Record<string, string> = {};
  for await (const chunk of unframe(request, verified, trailer)) {
    digests.update(chunk);
    length += chunk.length;
    yield chunk;
  }
  if (declared.length !== undefined && length !== declared.length) {
    throw new S3Error('IncompleteBody', 'The body does not have the number of bytes that Content-Length gives.');
  }
  if (/^[0-9a-f]{64}$/.test(verified.payload) && digests.hex('sha256') !== verified.payload) {
    throw new S3Error('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match.");
  }
  if (declared.md5 && digests.base64('md5') !== declared.md5) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  for (const [name, value] of Object.entries({ ...declared.checksums, ...trailer })) {
    if (digests.base64(name as Checksum) !== value) {
      throw new S3Error('BadDigest', `The ${name.toUpperCase()} you specified did not match the calculated checksum.`);
    }
  }
}

/** A small document, such as the parts of an upload. */
export async function readText(request: IncomingMessage, verified: VerifiedRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readBody(request, verified)) {
    length += chunk.length;
    if (length > 2 * 1024 * 1024) throw new S3Error('MalformedXML', 'The document is larger than 2 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function declarations(request: IncomingMessage) {
  const wrapped = headerOf(request, 'x-amz-decoded-content-length');
  const length = wrapped ?? headerOf(request, 'content-length');
  if (length === undefined) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  const checksums: Partial<Record<Checksum, string>> = {};
  for (const name of Object.keys(request.headers)) {
    const checksum = /^x-amz-checksum-(?!algorithm|type|mode)(.+)$/.exec(name)?.[1];
    if (checksum) checksums[known(checksum)] = headerOf(request, name) ?? '';
  }
  return { length: Number(length), md5: headerOf(request, 'content-md5'), checksums };
}

function known(checksum: string): Checksum {
  const found = CHECKSUMS.find((name) => name === checksum);
  if (!found)
    throw new S3Error('NotImplemented', `This server cannot check ${checksum}; it knows ${CHECKSUMS.join(', ')}.`);
  return found;
}

/** A fault found half way must not close the connection before the answer. */
const bytesOf = (request: IncomingMessage): AsyncIterable<Buffer> =>
  ({ [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) }) as AsyncIterable<Buffer>;

/** Takes `aws-chunked` framing away and collects the checksums of the trailer. */
async function* unframe(
  request: IncomingMessage,
  { payload, chain }: VerifiedRequest,
  trailer: Record<string, string>,
): AsyncGenerator<Buffer> {
  if (!payload.startsWith('STREAMING-')) {
    yield* bytesOf(request);
    return;
  }
  const isSigned = payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  if (!isSigned && payload !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    throw new S3Error('NotImplemented', `This server does not know ${payload}.`);
  }
  const reader = new ChunkReader(bytesOf(request));
  for (;;) {
    const [, size, signature] = /^([0-9a-f]+)(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(await reader.line()) ?? [];
    if (!size) throw new S3Error('IncompleteBody', 'The aws-chunked body is malformed.');
    const hash = createHash('sha256');
    for await (const piece of reader.bytes(parseInt(size, 16))) {
      if (isSigned) hash.update(piece);
      yield piece;
    }
    if (isSigned) chain.checkChunk(signature, hash.digest('hex'));
    if (parseInt(size, 16) === 0) break;
    await reader.line();
  }
  if (!payload.endsWith('-TRAILER')) return;
  let signedText = '';
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const [name = '', value = ''] = line.split(/:(.*)/s);
    if (name === 'x-amz-trailer-signature') {
      chain.checkTrailer(value.trim(), signedText);
      continue;
    }
    signedText += `${name}:${value.trim()}\n`;
    const checksum = /^x-amz-checksum-(.+)$/.exec(name)?.[1];
    if (checksum) trailer[known(checksum)] = value.trim();
  }
}

class Digests {
  readonly #hashes: Record<'md5' | 'sha1' | 'sha256', Hash> = {
    md5: createHash('md5'),
    sha1: createHash('sha1'),
    sha256: createHash('sha256'),
  };
  #crc32 = 0;

  update(chunk: Buffer): void {
    for (const hash of Object.values(this.#hashes)) hash.update(chunk);
    this.#crc32 = crc32(chunk, this.#crc32);
  }

  hex(name: 'sha256'): string {
    return this.#hashes[name].copy().digest('hex');
  }

  base64(name: Checksum | 'md5'): string {
    if (name !== 'crc32') return this.#hashes[name].copy().digest('base64');
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#crc32);
    return bytes.toString('base64');
  }
}
