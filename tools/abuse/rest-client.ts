import type { Transcript } from './transcript.js';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The JSON, or an empty object. */
  body: Record<string, unknown>;
  milliseconds: number;
}

export interface Sent {
  headers?: Record<string, string>;
  /** In place of JSON. */
  raw?: string | Buffer;
}

const DEADLINE_MS = 30_000;
const INSISTING_MS = 60_000;

/** Says whatever it is told to the gateway, and waits for nobody. */
export class RestClient {
  constructor(
    readonly base: string,
    readonly token: string | null,
    readonly organization: string,
    private readonly transcript: Transcript,
  ) {}

  /** The same organization through another gateway. */
  through(base: string): RestClient {
    return new RestClient(base, this.token, this.organization, this.transcript);
  }

  get ofOrganization(): string {
    return `organization_id=${this.organization}`;
  }

  create(body: object, headers?: Record<string, string>): Promise<Answer> {
    return this.send('POST', `/storage-configs?${this.ofOrganization}`, body, { headers });
  }

  test(body: object): Promise<Answer> {
    return this.send('POST', `/storage-configs/test-connection?${this.ofOrganization}`, body);
  }

  /**
   * Sends it again while the answer is 503, as an honest client would: many writes of one organization follow each other,
   * and how many of them end in time is the machine's to say. For what may be sent again without harm.
   */
  async insist(send: () => Promise<Answer>): Promise<Answer> {
    const deadline = Date.now() + INSISTING_MS;
    for (;;) {
      const answer = await send();
      if (answer.status !== 503 || Date.now() > deadline) return answer;
    }
  }

  async send(method: string, path: string, body?: unknown, { headers, raw }: Sent = {}): Promise<Answer> {
    const began = performance.now();
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(path.startsWith('http') ? path : `${this.base}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: content as string | undefined,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: objectOf(text),
      milliseconds: performance.now() - began,
    };
    this.transcript.look(`${method} ${path.slice(0, 200)}`, answer);
    return answer;
  }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
