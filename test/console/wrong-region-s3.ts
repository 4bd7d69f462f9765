import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface WrongRegionS3 {
  endpoint: string;
  stop(): Promise<void>;
}

/**
 * Stands before an S3 server and answers as AWS does to a signature for another region than the bucket's: 400
 * AuthorizationHeaderMalformed with the right one (as recorded from AWS). What is signed for the right one goes through.
 */
export async function startWrongRegionS3(endpoint: string, region: string): Promise<WrongRegionS3> {
  const server = createServer((incoming, answer) => {
    const signedFor = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1];
    if (signedFor === undefined || signedFor === region) forward(incoming, answer, endpoint);
    else refuse(incoming, answer, signedFor, region);
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

function refuse(incoming: IncomingMessage, answer: ServerResponse, used: string, expected: string): void {
  incoming.resume();
  answer.writeHead(400, { 'content-type': 'application/xml', 'x-amz-bucket-region': expected });
  answer.end(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AuthorizationHeaderMalformed</Code>' +
      `<Message>The authorization header is malformed; the region '${used}' is wrong; expecting '${expected}'</Message>` +
      `<Region>${expected}</Region><RequestId>0A1B2C3D4E5F6071</RequestId><HostId>aG9zdA==</HostId></Error>`,
  );
}

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
