import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { makeCertificate } from '../../../../tools/servers/certificate.js';
import { makePrivateDirectory, removePrivateDirectory } from '../../../../tools/servers/private-directory.js';
import { openFtp } from './driver.js';
import { ftpOptions } from './testing/ftp-options.js';

const OLD_TLS = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

describe('an FTP server whose certificate nobody vouches for', () => {
  let server: Server;
  let port: number;
  let own: string;
  let usual: SecureContext;
  let old: SecureContext;
  let secureContext: SecureContext;
  const directory = makePrivateDirectory('bad-certificate');
  /** Everything that the client says, in clear and over TLS. */
  const received: string[] = [];

  beforeAll(async () => {
    const { pem, keyFile } = await makeCertificate(directory);
    own = pem;
    const key = readFileSync(keyFile);
    usual = createSecureContext({ cert: pem, key });
    old = createSecureContext({ cert: pem, key, ...OLD_TLS });
    const converse = (socket: Socket): void => {
      const lines = createInterface({ input: socket.on('error', () => undefined) }).on('error', () => undefined);
      lines.on('line', (line) => {
        received.push(line);
        if (line !== 'AUTH TLS') return void socket.write('331 go on\r\n');
        lines.close();
        socket.write('234 go on\r\n');
        return converse(new TLSSocket(socket, { isServer: true, secureContext }));
      });
    };
    server = createServer((socket) => {
      socket.write('220 ready\r\n');
      converse(socket);
    });
    await new Promise<void>((listening) => server.listen(0, '0.0.0.0', listening));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    await new Promise((closed) => server.close(closed));
    removePrivateDirectory(directory);
  });
  beforeEach(() => {
    received.splice(0);
    secureContext = usual;
  });

  const connect = async (more: { host?: string; ca?: string }) => {
    const { options } = ftpOptions({ port, tls: 'explicit', credentials: { secret_key: 'the password' }, ...more });
    const driver = await openFtp(options);
    const outcome = await driver.connect(AbortSignal.timeout(3000)).catch((error: unknown) => error);
    await driver.close();
    return outcome;
  };

  it('is told neither user nor password', async () => {
    expect(await connect({})).toMatchObject({ code: 'tls.self_signed' });
    expect(received).toEqual(['AUTH TLS']);
  });

  it('is told neither when the certificate is for another host', async () => {
    expect(await connect({ host: '127.0.0.2', ca: own })).toMatchObject({ code: 'tls.hostname_mismatch' });
    expect(received).toEqual(['AUTH TLS']);
  });

  it('is told neither where it has no TLS version that is still safe', async () => {
    secureContext = old;
    expect(await connect({ ca: own })).toMatchObject({ code: 'tls.protocol' });
    expect(received).toEqual(['AUTH TLS']);
  });

  it('is told both once it is vouched for', async () => {
    await connect({ ca: own });
    expect(received).toEqual(expect.arrayContaining(['AUTH TLS', 'USER rw', 'PASS the password']));
  });
});
