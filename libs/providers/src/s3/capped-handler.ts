import { Readable } from 'node:stream';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { StorageFailure } from '../failure.js';
import type { StepObserver } from '../step-observer.js';
import { ClockWatch } from './clock-watch.js';
import { transportFailure } from './symptoms.js';

type Request = Parameters<NodeHttpHandler['handle']>[0];
type Options = Parameters<NodeHttpHandler['handle']>[1];
type Answer = Awaited<ReturnType<NodeHttpHandler['handle']>>;

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

  constructor({ observer, ...options }: NodeHttpHandlerOptions & { observer?: StepObserver }) {
    super(options);
    this.#clock = new ClockWatch(observer);
  }

  override async handle(request: Request, options?: Options): Promise<Answer> {
    const answer = await super.handle(request, options).catch((error: unknown) => {
      throw transportFailure(error);
    });
    const { response } = answer;
    this.#clock.read(response.headers['date']);
    const isObject = request.method === 'GET' && 'x-id' in request.query && request.query['x-id'] === 'GetObject';
    if (isObject && response.statusCode < 300) return answer;

    const text = await readCapped(response.body as Readable, capOf(request, response.statusCode));
    refuseForeignAnswer(request, response.statusCode, text);
    response.body = Readable.from(text === '' ? [] : [Buffer.from(text)]);
    return answer;
  }
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

/** Answers that a proxy gives for itself. */
const PROXY_STATUSES: Partial<Record<number, DiagnosisCode>> = {
  413: 'object.too_large',
  502: 's3.gateway',
  503: 's3.gateway',
  504: 's3.gateway',
};

/** What no S3 service sends. HEAD and DELETE have no body; a proxy's own answers are told apart from web pages. */
function refuseForeignAnswer(request: Request, status: number, text: string): void {
  if (text === '') return;
  const isXml = /^\s*(<\?xml|<[A-Z])/.test(text) && !/<!(DOCTYPE|ENTITY)/i.test(text);
  if (isXml && !/^\s*<HTML/i.test(text)) return;
  throw new StorageFailure(PROXY_STATUSES[status] ?? 's3.not_s3', {
    evidence: `HTTP ${status} without an S3 answer to ${request.method}`,
  });
}
