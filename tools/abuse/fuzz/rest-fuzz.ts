import type { Random } from '../../faults/random.js';
import { RestClient } from '../rest-client.js';
import type { Transcript } from '../transcript.js';
import { operationsOf, type Operation } from './openapi.js';
import { fromSchema, hostile, hostileHeader, hostileText } from './values.js';

export interface FuzzReport {
  inputs: number;
  /** How often each was answered. */
  outcomes: Record<string, number>;
  /** Empty = nothing broke. */
  findings: string[];
}

export interface RestFuzzOptions {
  /** With every right. */
  rest: RestClient;
  transcript: Transcript;
  random: Random;
  count: number;
  /** A storage of the organization, so that some requests hit something. */
  storageId: string;
}

interface Input {
  operation: Operation;
  url: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
  client: RestClient;
}

const AT_ONCE = 12;
/** A test may take its 15 s. */
const DEADLINE_MS = 20_000;
/** May answer any request, whatever the route says of itself. */
const GENERAL = [400, 401, 403, 404, 405, 413, 414, 415, 422, 429, 431];

/** Random, hostile and oversized requests to every documented route; the same ones for the same seed. */
export async function fuzzRest({ rest, transcript, random, count, storageId }: RestFuzzOptions): Promise<FuzzReport> {
  const operations = await operationsOf(rest);
  const nobody = new RestClient(rest.base, hostileHeader(random), rest.organization, transcript);
  const inputs = Array.from({ length: count }, () =>
    makeInput(random, random.pick(operations), rest, nobody, storageId),
  );
  const report: FuzzReport = { inputs: 0, outcomes: {}, findings: [] };
  const worker = async (): Promise<void> => {
    for (let input = inputs.pop(); input; input = inputs.pop()) await send(input, transcript, report);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return report;
}

function makeInput(
  random: Random,
  operation: Operation,
  rest: RestClient,
  nobody: RestClient,
  storageId: string,
): Input {
  const wildness = random.pick([0, 0.05, 0.2, 0.6]);
  const place = (name: string): string => {
    if (random.next() < wildness) return encoded(hostileText(random).slice(0, 500));
    if (name === 'organization_id') return rest.organization;
    return random.pick([storageId, random.uuid()]);
  };
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => place(name));
  const query = operation.parameters
    .filter(({ in: where, name }) => where === 'query' && (name === 'organization_id' || random.next() < 0.4))
    .map(({ name, schema }) => [
      name,
      name === 'organization_id' ? place(name) : valueText(fromSchema(random, schema, wildness)),
    ]);
  if (random.next() < wildness) query.push([encoded(hostileText(random).slice(0, 50)), valueText(hostile(random))]);
  const headers: Record<string, string> = {};
  for (const name of [
    'if-match',
    'idempotency-key',
    'last-event-id',
    'accept',
    'traceparent',
    'x-forwarded-for',
    'accept-language',
  ]) {
    if (random.next() < wildness / 2) headers[name] = hostileHeader(random);
  }
  if (random.next() < wildness / 4)
    headers['content-type'] = random.pick([
      'text/plain',
      'application/xml',
      'application/json; charset=utf-16',
      'multipart/form-data',
      '',
    ]);
  if (random.next() < wildness / 8) headers['content-encoding'] = random.pick(['gzip', 'br', 'identity, gzip']);
  return {
    operation,
    url: `${new URL(rest.base).origin}${path}${query.length > 0 ? `?${query.map((pair) => pair.join('=')).join('&')}` : ''}`,
    headers,
    body: bodyOf(random, operation, wildness),
    client: random.next() < 0.05 ? nobody : rest,
  };
}

function bodyOf(random: Random, { method, body }: Operation, wildness: number): string | Buffer | undefined {
  if (method === 'GET') return undefined;
  if (random.next() < wildness / 4) return brokenJson(random);
  if (body === null) return random.next() < wildness ? JSON.stringify(hostile(random)) : undefined;
  return JSON.stringify(fromSchema(random, body, wildness));
}

function brokenJson(random: Random): string | Buffer {
  return random.pick<() => string | Buffer>([
    () => '{',
    () => '{"a":1,"a":2}',
    () => '{"__proto__":{"isAdmin":true}}',
    () => '{"constructor":{"prototype":{"x":1}}}',
    () => Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d]),
    () => `{"name":"${'x'.repeat(random.between(60_000, 200_000))}"}`,
    () => '['.repeat(10_000),
    () => `{${Array.from({ length: 5000 }, (_, index) => `"k${index}":1`).join(',')}}`,
    () => Buffer.from(Array.from({ length: random.between(1, 300) }, () => random.between(0, 256))),
    () => 'null',
    () => '"text"',
    () => '1e9999',
  ])();
}

async function send(
  { operation, url, headers, body, client }: Input,
  transcript: Transcript,
  report: FuzzReport,
): Promise<void> {
  const { method, path, statuses } = operation;
  const began = performance.now();
  const what = `${method} ${url.slice(0, 300)} ${String(body ?? '').slice(0, 300)}`;
  const found = (sentence: string): void => {
    if (report.findings.length < 50) report.findings.push(`${method} ${path}: ${sentence} <- ${what}`);
  };
  report.inputs++;
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(client.token === null ? {} : { authorization: `Bearer ${client.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body as string | undefined,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = await textOf(response);
    const { status } = response;
    report.outcomes[status] = (report.outcomes[status] ?? 0) + 1;
    transcript.look(`${method} ${path}`, { status, headers: response.headers, text });
    if (status >= 500) found(`answered ${status} ${text.slice(0, 200)}`);
    else if (!statuses.includes(status) && !GENERAL.includes(status))
      found(`answered ${status}, which is not documented`);
  } catch (error) {
    const took = performance.now() - began;
    if (took >= DEADLINE_MS - 50) found(`no answer within ${DEADLINE_MS} ms`);
    else if (!isOversized(body)) found(`the connection broke: ${String((error as Error).cause ?? error)}`);
    else report.outcomes['hung up on'] = (report.outcomes['hung up on'] ?? 0) + 1;
  }
}

/** Who is told 413 while still sending may find the connection closed before the answer is read. */
const isOversized = (body: string | Buffer | undefined): boolean =>
  body !== undefined && Buffer.byteLength(body) > 64 * 1024;

/** A stream of events never ends: its beginning does. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text();
  const reader = response.body!.getReader();
  const { value } = await reader.read().catch(() => ({ value: undefined }));
  await reader.cancel().catch(() => undefined);
  return Buffer.from((value as Uint8Array | undefined) ?? []).toString();
}

const valueText = (value: unknown): string =>
  encoded((typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 1000));

/** Halves of characters have no URL form: a client that sends them sends U+FFFD. */
const encoded = (text: string): string => encodeURIComponent(Buffer.from(text).toString());
