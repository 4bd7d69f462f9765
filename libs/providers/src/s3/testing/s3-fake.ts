import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface S3Fake {
  endpoint: string;
  port: number;
  requests: IncomingMessage[];
  stop(): Promise<void>;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => FakeAnswer | null;

/** An HTTP server on this machine that gives recorded answers; `null` leaves the request to the function itself. */
export async function startS3Fake(respond: Respond): Promise<S3Fake> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const answer = respond(request, response);
    if (answer === null) return;
    request.resume();
    response.writeHead(answer.status, answer.headers);
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** An S3 error body as AWS sends it. */
export function s3Error(status: number, code: string, message = 'the words of the server', extra = ''): FakeAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'fake' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message>${extra}</Error>`,
  };
}
