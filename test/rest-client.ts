import { setTimeout as delay } from 'node:timers/promises';

/** What a person with curl sees of the gateway: status, headers and body. */
export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
  /** The bytes, for looking whether a secret is in them. */
  text: string;
}

export class RestClient {
  /** @param base `http://…/api/v1/backups` */
  constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  /** Waits as it is told when it comes too often, and asks again. */
  async send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    for (;;) {
      const answer = await this.sendOnce<T>(method, path, body, headers);
      if (answer.status !== 429) return answer;
      await delay(Number(answer.headers.get('retry-after')) * 1000);
    }
  }

  private async sendOnce<T>(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: (text ? JSON.parse(text) : {}) as T };
  }
}
