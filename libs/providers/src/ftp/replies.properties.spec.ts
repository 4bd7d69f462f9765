import * as fc from 'fast-check';
import { StorageFailure } from '../failure.js';
import { createDialer } from '../dialer/create-dialer.js';
import { findFtpTlsMode } from '../find-ftp-tls-mode.js';
import { startScriptedFtp } from './testing/scripted-ftp-server.js';

const dialer = createDialer({ allow: [], deny: [], allowLoopback: true }, { provider: 'ftp', organizationId: null });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((each) => Buffer.from(each).toString('latin1'));
const reply = fc.oneof(
  bytes,
  fc.tuple(fc.integer({ min: 0, max: 999 }), fc.constantFrom(' ', '-', ''), bytes).map((parts) => parts.join('')),
);

describe('an FTP server that says anything', () => {
  it('is found out or refused in words, and sent no password', async () => {
    await fc.assert(
      fc.asyncProperty(reply, reply, async (greeting, auth) => {
        const server = await startScriptedFtp({ greeting: `${greeting}\r\n220 ready`, replies: { AUTH: auth } });
        try {
          const target = { host: '127.0.0.1', port: server.port, dialer, signal: AbortSignal.timeout(250) };
          const outcome = await findFtpTlsMode(target).catch((error: unknown) => error);
          expect(typeof outcome === 'string' || outcome instanceof StorageFailure).toBe(true);
          expect(server.received.filter((line) => /^(USER|PASS)/.test(line))).toEqual([]);
        } finally {
          await server.stop();
        }
      }),
      { numRuns: 10 },
    );
  });
});
