import { type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { deadlineAfter } from '../deadline.js';
import type { Dialer } from '../dialer/dialer.js';
import { createAgents } from './agents.js';

const ENOUGH = 2048;
const PATIENCE_MS = 3000;

export interface SpeaksS3Options {
  dialer: Dialer;
  signal: AbortSignal;
  /** PEM, as in `TlsOptions`. */
  ca: string | null;
}

/** Whether an S3 service answers at the endpoint. Asked without credentials, as the endpoint is not the configured one. */
export async function speaksS3(endpoint: string, { dialer, signal, ca }: SpeaksS3Options): Promise<boolean> {
  const deadline = deadlineAfter(PATIENCE_MS, signal);
  const { httpAgent, httpsAgent } = createAgents({ dialer, signal: deadline.signal, ca });
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asking = endpoint.startsWith('https:')
        ? requestTls(endpoint, { agent: httpsAgent, signal: deadline.signal })
        : request(endpoint, { agent: httpAgent, signal: deadline.signal });
      asking.once('error', reject).once('response', resolve).end();
    });
    return (
      'x-amz-request-id' in answer.headers || /<(Error|ListAllMyBucketsResult)[ >]/.test(await beginningOf(answer))
    );
  } catch {
    return false;
  } finally {
    deadline.clear();
    httpAgent.destroy();
    httpsAgent.destroy();
  }
}

async function beginningOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > ENOUGH) break;
  }
  return text;
}
