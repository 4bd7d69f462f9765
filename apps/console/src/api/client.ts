import createClient from 'openapi-fetch';
import { bearer, reportUnauthenticated } from '../session/session.js';
import { ProblemError } from './problem.js';
import type { paths } from './schema.js';

/** The documented REST API and nothing else. Every call gives data or throws a ProblemError. */
export const api = createClient<paths>({ baseUrl: '' });

api.use({
  onRequest({ request }) {
    request.headers.set('authorization', bearer());
    return request;
  },
  async onResponse({ response }) {
    await refuseBadResponse(response);
  },
  onError: () => ProblemError.unreachable(),
});

/** As `api`, for the answers that are event streams. */
export async function fetchEvents(url: string, init: RequestInit): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const headers = { ...init.headers, accept: 'text/event-stream', authorization: bearer() };
  const response = await fetch(url, { ...init, headers }).catch((error: unknown) => {
    throw init.signal?.aborted ? error : ProblemError.unreachable();
  });
  await refuseBadResponse(response);
  if (!response.body) throw ProblemError.unreachable();
  return response.body;
}

async function refuseBadResponse(response: Response): Promise<void> {
  if (response.ok) return;
  if (response.status === 401) reportUnauthenticated();
  throw await ProblemError.of(response);
}

/** The data of a call that did not throw. */
export function dataOf<T>({ data }: { data?: T }): T {
  return data as T;
}
