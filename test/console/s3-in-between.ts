import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface S3InBetween {
  endpoint: string;
  stop(): Promise<void>;
}

/** Whether the request was dealt with here; else it goes through, when that is known. */
type Intercept = (incoming: IncomingMessage, answer: ServerResponse) => boolean | Promise<boolean>;

/** Stands before an S3 server and meddles with what passes. */
export async function startS3InBetween(endpoint: string, intercept: Intercept): Promise<S3InBetween> {
  const server = createServer((incoming, answer) => {
    void (async () => {
      if (!(await intercept(incoming, answer))) forward(incoming, answer, endpoint);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Answers as AWS does to a signature for another region than the bucket's: 400 AuthorizationHeaderMalformed with the right
 * one (as recorded from AWS). What is signed for the right one goes through.
 */
export function startWrongRegionS3(endpoint: string, region: string): Promise<S3InBetween> {
  return startS3InBetween(endpoint, (incoming, answer) => {
    const signedFor = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1];
    if (signedFor === undefined || signedFor === region) return false;
    refuse(incoming, answer, {
      code: 'AuthorizationHeaderMalformed',
      message: `The authorization header is malformed; the region '${signedFor}' is wrong; expecting '${region}'`,
      region,
    });
    return true;
  });
}

/** Hangs up on the first upload, and on all that comes after it. */
export function startDyingS3(endpoint: string): Promise<S3InBetween> {
  let dead = false;
  return startS3InBetween(endpoint, ({ method, socket }) => {
    dead ||= method === 'PUT';
    if (dead) socket.destroy();
    return dead;
  });
}

/** Refuses everything with these words of its own. */
export function startRudeS3(message: string): Promise<S3InBetween> {
  return startS3InBetween('http://127.0.0.1:1', (incoming, answer) => {
    refuse(incoming, answer, { code: 'TeapotError', message });
    return true;
  });
}

/** Holds back every page of a listing but the first, until it is released. */
export async function startHoldingS3(endpoint: string): Promise<S3InBetween & { release: () => void }> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const server = await startS3InBetween(endpoint, async ({ url = '' }) => {
    if (url.includes('continuation-token=')) await released;
    return false;
  });
  return { ...server, release };
}

interface Refusal {
  code: string;
  message: string;
  region?: string;
}

function refuse(incoming: IncomingMessage, answer: ServerResponse, { code, message, region }: Refusal): void {
  incoming.resume();
  answer.writeHead(400, { 'content-type': 'application/xml', ...(region && { 'x-amz-bucket-region': region }) });
  answer.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>` +
      (region ? `<Region>${region}</Region>` : '') +
      '<RequestId>0A1B2C3D4E5F6071</RequestId><HostId>aG9zdA==</HostId></Error>',
  );
}

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** With the very headers, `Host` included: they are signed. */
function forward(incoming: IncomingMessage, answer: ServerResponse, endpoint: string): void {
  const { method, url, rawHeaders } = incoming;
  const forwarded = request(new URL(url ?? '/', endpoint), { method, headers: rawHeaders, setHost: false }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
    reply.pipe(answer);
  });
  forwarded.on('error', () => answer.destroy());
  incoming.pipe(forwarded);
}
