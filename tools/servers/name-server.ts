import { createSocket, type RemoteInfo } from 'node:dgram';
import { isIPv4 } from 'node:net';

/** Answers for one name; the n-th question (from 0) for it may be answered otherwise. `null` = silence. */
export type Answers = (question: number) => string[] | null;

const [A, AAAA] = [1, 28];
const NO_SUCH_NAME = 3;

/** A DNS server (RFC 1035) on 127.0.0.1 that says what a case wants; names that it does not know do not exist. */
export class NameServer {
  readonly #names = new Map<string, Answers>();
  /** Questions by name, those of both families of addresses. */
  readonly #asked = new Map<string, number>();
  readonly #socket = createSocket('udp4');

  private constructor() {
    this.#socket.on('message', (query, from) => this.#answer(query, from));
    this.#socket.on('error', () => undefined);
  }

  static async start(): Promise<NameServer> {
    const server = new NameServer();
    await new Promise<void>((resolve) => server.#socket.bind(0, '127.0.0.1', resolve));
    return server;
  }

  /** `127.0.0.1:<port>`, for EGRESS_NAME_SERVERS. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  say(name: string, answers: Answers | string[]): void {
    this.#names.set(name.toLowerCase(), Array.isArray(answers) ? () => answers : answers);
  }

  /** Questions for IPv4 addresses of the name. */
  asked(name: string): number {
    return this.#asked.get(name.toLowerCase()) ?? 0;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #answer(query: Buffer, { port, address }: RemoteInfo): void {
    const { name, type, end } = questionOf(query);
    const answers = this.#names.get(name);
    const turn = this.asked(name);
    if (type === A) this.#asked.set(name, turn + 1);
    // Both families are asked at once, IPv4 first: they are one look-up.
    const addresses = answers?.(type === A ? turn : Math.max(0, turn - 1));
    if (addresses === null) return;
    const fitting = (addresses ?? []).filter((each) => isIPv4(each) === (type === A));
    const records = [A, AAAA].includes(type) ? fitting.map((each) => record(type, each)) : [];
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8580 | (answers ? 0 : NO_SUCH_NAME), 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    this.#socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), port, address);
  }
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  while (query[at]) {
    const length = query[at]!;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** Points back at the name of the question; time to live 0, as who rebinds would have it. */
function record(type: number, address: string): Buffer {
  const data = type === A ? Buffer.from(address.split('.').map(Number)) : bytesOfIpv6(address);
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
}

function bytesOfIpv6(address: string): Buffer {
  const [before = '', after] = address.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [left, right] = [groups(before), groups(after ?? '')];
  const all = after === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill(0), ...right];
  const bytes = Buffer.alloc(16);
  (all as number[]).forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}
