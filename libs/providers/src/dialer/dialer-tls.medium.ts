import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type CertificateAuthority, makeCertificateAuthority } from '../../../../tools/servers/index.js';
import { createDialer } from './create-dialer.js';

const dialer = createDialer(
  { allow: [], deny: [], allowLoopback: true },
  { provider: 'minio', organizationId: null },
  { resolve: () => Promise.resolve(['127.0.0.1']) },
);

describe('TLS of the dialer', () => {
  const servers: Server[] = [];
  let authority: CertificateAuthority;
  let good: { key: string; cert: string };

  beforeAll(async () => {
    authority = await makeCertificateAuthority();
    good = await authority.sign('storage.example');
  });
  afterAll(() => authority.remove());
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const listen = async (server: Server, address = '127.0.0.1'): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    return (server.address() as AddressInfo).port;
  };
  const serve = (options: TlsOptions, address?: string) =>
    listen(
      createTlsServer(options, (socket) => socket.on('error', () => undefined)).on('tlsClientError', () => undefined),
      address,
    );
  const dial = async (port: number, host = 'storage.example', ca: string | null = authority.pem) => {
    const socket = await dialer.connectTls({ host, port, signal: AbortSignal.timeout(5000) }, { ca });
    const protocol = socket.getProtocol();
    socket.destroy();
    return protocol;
  };

  it('takes a certificate of the authority given', async () => {
    await expect(dial(await serve(good))).resolves.toBe('TLSv1.3');
  });

  it('does not take it from an authority that was not given', async () => {
    await expect(dial(await serve(good), 'storage.example', null)).rejects.toMatchObject({
      code: 'tls.unknown_authority',
      detail: { step: 'tls', values: { issuer: 'Authority of a test' } },
    });
  });

  it('does not take it from there either when the environment says that any will do', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const port = await serve(good);
      await expect(dial(port, 'storage.example', null)).rejects.toMatchObject({ code: 'tls.unknown_authority' });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  it.each(['127.0.0.1', '::1'])('takes a certificate for the address %s where that was dialled', async (address) => {
    const port = await serve(await authority.sign(address), address);
    await expect(dial(port, address)).resolves.toBe('TLSv1.3');
    await expect(dial(await serve(good, address), address)).rejects.toMatchObject({ code: 'tls.hostname_mismatch' });
  });

  it('names what the certificate of another host is for', async () => {
    await expect(dial(await serve(good), 'other.example')).rejects.toMatchObject({
      code: 'tls.hostname_mismatch',
      detail: { values: { names: 'DNS:storage.example' } },
    });
    await expect(dial(await serve(good), '127.0.0.1')).rejects.toMatchObject({ code: 'tls.hostname_mismatch' });
  });

  it('does not take one that has expired', async () => {
    await expect(dial(await serve(await authority.sign('storage.example', -1)))).rejects.toMatchObject({
      code: 'tls.expired',
    });
  });

  it('does not take one that is not valid yet, or is for another purpose', async () => {
    await expect(dial(await serve(await authority.signForTheFuture('storage.example')))).rejects.toMatchObject({
      code: 'tls.not_yet_valid',
    });
    await expect(dial(await serve(await authority.signForClients('storage.example')))).rejects.toMatchObject({
      code: 'tls.untrusted',
      detail: { values: { reason: 'INVALID_PURPOSE' } },
    });
  });

  it('tells a server that has no cipher in common with us', async () => {
    const odd = { ...good, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const;
    await expect(dial(await serve(odd))).rejects.toMatchObject({ code: 'tls.handshake' });
  });

  it('tells a server that is only as new as TLS 1.1', async () => {
    const old = { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(dial(await serve(old))).rejects.toMatchObject({ code: 'tls.protocol' });
  });

  it('tells a port that speaks clear text', async () => {
    const port = await listen(
      createTcpServer((socket) => socket.on('error', () => undefined).write('220 files.example\r\n')),
    );
    await expect(dial(port)).rejects.toMatchObject({ code: 'tls.not_tls' });
  });

  it('tells a port that hangs up', async () => {
    const port = await listen(createTcpServer((socket) => socket.destroy()));
    await expect(dial(port)).rejects.toMatchObject({ code: 'network.reset' });
  });
});
