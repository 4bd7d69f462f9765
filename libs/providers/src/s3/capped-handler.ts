import { Readable } from 'node:stream';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { StorageFailure } from '../failure.js';
import type { StepObserver } from '../step-observer.js';
import { ClockWatch } from './clock-watch.js';
import type { QuotaWatch } from './quota-watch.js';
import { transportFailure } from './symptoms.js';

type Request = Parameters<NodeHttpHandler['handle']>[0];
type Options = Parameters<NodeHttpHandler['handle']>[1];
type Answer = Awaited<ReturnType<NodeHttpHandler['handle']>>;

/** What is told of in the headers of answers. */
export interface Watched {
  observer?: StepObserver;
  quota?: QuotaWatch;
}

const KIB = 1024;
const MAX_ERROR = 16 * KIB;
const MAX_ANSWER = 64 * KIB;
/** 1 000 entries with keys of 1 024 bytes. */
const MAX_LISTING = 2048 * KIB;

/**
 * Reads an answer whole, within bounds, and looks at it before the SDK parses it: that parser takes minutes for half a
 * megabyte of DOCTYPEs, turns every tag of an HTML page into a property of the error, and takes any page that answers 200
 * for success.
 */
export class CappedHandler extends NodeHttpHandler {
  readonly #clock: ClockWatch;
  readonly #quota: QuotaWatch | undefined;
  #hasMetS3 = false;

  constructor({ observer, quota, ...options }: NodeHttpHandlerOptions & Watched) {
    super(options);
    this.#clock = new ClockWatch(observer);
    this.#quota = quota;
  }

  override async handle(request: Request, options?: Options): Promise<Answer> {
    const answer = await super.handle(inBlocks(request), options).catch((error: unknown) => {
      throw transportFailure(error);
    });
    const { response } = answer;
    this.#clock.read(response.headers['date']);
    this.#quota?.read(response.headers);
    const isObject = request.method === 'GET' && 'x-id' in request.query && request.query['x-id'] === 'GetObject';
    if (isObject && response.statusCode < 300) return answer;

    // Caught here, as the SDK wraps what breaks off an answer and loses the code of the error.
    const text = await readCapped(response.body as Readable, capOf(request, response.statusCode)).catch(
      (error: unknown) => {
        throw transportFailure(error);
      },
    );
    const body = this.#judge(request, response, text);
    response.body = Readable.from(body === '' ? [] : [Buffer.from(body)]);
    return answer;
  }

  /**
   * Once there was S3, a page in place of an answer is a proxy's own way to refuse: its status says what the storage would
   * have said with a code. Before that, it is what the endpoint is.
   */
  #judge(request: Request, { statusCode, headers }: Answer['response'], text: string): string {
    this.#hasMetS3 ||= 'x-amz-request-id' in headers;
    if (!isForeign(text)) return text;
    if (this.#hasMetS3 && statusCode >= 400) return '';
    throw foreignAnswer(request, statusCode, headers['location']);
  }
}

const BLOCK_BYTES = 64 * KIB;

/** Node counts a body of one piece as sent as soon as it has it: in blocks, what is counted has gone out. */
function inBlocks(request: Request): Request {
  const body: unknown = request.body;
  if (!(body instanceof Uint8Array) || body.length <= BLOCK_BYTES) return request;
  function* blocks(whole: Uint8Array) {
    for (let at = 0; at < whole.length; at += BLOCK_BYTES) yield whole.subarray(at, at + BLOCK_BYTES);
  }
  return { ...request, body: Readable.from(blocks(body), { objectMode: false }) } as Request;
}

function capOf(request: Request, status: number): number {
  if (status >= 300) return MAX_ERROR;
  const isWholePage = request.query['list-type'] === '2' && Number(request.query['max-keys'] ?? 1000) > 1;
  return isWholePage ? MAX_LISTING : MAX_ANSWER;
}

async function readCapped(body: Readable, cap: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > cap) {
      body.destroy();
      throw new StorageFailure('s3.not_s3');
    }
  }
  return Buffer.concat(chunks).toString();
}

/** Answers that a proxy or web server gives for itself. */
const FOREIGN_STATUSES: Partial<Record<number, DiagnosisCode>> = {
  301: 's3.redirected',
  302: 's3.redirected',
  307: 's3.redirected',
  308: 's3.redirected',
  413: 'object.too_large',
  429: 'quota.throttled',
  500: 's3.unavailable',
  502: 's3.gateway',
  503: 's3.gateway',
  504: 's3.gateway',
};

/** What no S3 service sends. HEAD and DELETE have no body. */
function isForeign(text: string): boolean {
  if (text === '') return false;
  const isXml = /^\s*(<\?xml|<[A-Z])/.test(text) && !/<!(DOCTYPE|ENTITY)/i.test(text);
  return !isXml || /^\s*<HTML/i.test(text);
}

function foreignAnswer(request: Request, status: number, location: string | undefined): StorageFailure {
  const code = FOREIGN_STATUSES[status] ?? 's3.not_s3';
  return new StorageFailure(code, {
    suggested: code === 's3.redirected' ? secureAddress(request, location) : undefined,
    evidence: `HTTP ${status} without an S3 answer to ${request.method}`,
  });
}

/** Many web servers send on to themselves over TLS. Of what the answer says, nothing but that is taken. */
function secureAddress({ protocol, hostname }: Request, location = ''): { endpoint_url: string } | undefined {
  if (protocol !== 'http:' || !URL.canParse(location)) return undefined;
  const target = new URL(location);
  return target.protocol === 'https:' && target.hostname === hostname ? { endpoint_url: target.origin } : undefined;
}
