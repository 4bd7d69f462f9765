import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { createDialer } from './create-dialer.js';

const dialer = createDialer(
  { allow: [], deny: [], allowLoopback: true },
  { provider: 'minio', organizationId: null },
  { resolve: () => Promise.resolve(['127.0.0.1']) },
);

/** An authority of our own and what it signs, made with the openssl program. */
class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'stowage-tls-'));

  constructor() {
    const subject = ['-subj', '/CN=Authority of a test', '-addext', 'basicConstraints=critical,CA:TRUE'];
    this.#openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.crt', ...subject);
  }

  get pem(): string {
    return this.#read('ca.crt');
  }

  /** @param days negative: ended already */
  sign(name: string, days: number): { key: string; cert: string } {
    writeFileSync(join(this.#folder, 'names'), `subjectAltName=DNS:${name}`);
    this.#openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key', '-out', 'request', '-subj', `/CN=${name}`);
    const files = ['-in', 'request', '-out', 'crt', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-extfile', 'names'];
    this.#openssl('x509', '-req', ...files, '-CAcreateserial', '-days', String(days));
    return { key: this.#read('key'), cert: this.#read('crt') };
  }

  /** What is wrong with such a certificate is not when it holds, but what for. */
  signForClients(name: string): { key: string; cert: string } {
    const signed = this.sign(name, 2);
    writeFileSync(join(this.#folder, 'names'), `subjectAltName=DNS:${name}\nextendedKeyUsage=clientAuth`);
    const files = ['-in', 'request', '-out', 'crt', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-extfile', 'names'];
    this.#openssl('x509', '-req', ...files, '-days', '2');
    return { key: signed.key, cert: this.#read('crt') };
  }

  signForTheFuture(name: string): { key: string; cert: string } {
    const { key } = this.sign(name, 2);
    writeFileSync(join(this.#folder, 'index'), '');
    const settings = ['database=index', 'serial=ca.srl', 'new_certs_dir=.', 'default_md=sha256', 'policy=any'];
    writeFileSync(join(this.#folder, 'ca.conf'), ['[any]', 'commonName=supplied', '[ca]', ...settings, ''].join('\n'));
    const files = ['-in', 'request', '-out', 'crt', '-cert', 'ca.crt', '-keyfile', 'ca.key', '-extfile', 'names'];
    const span = ['-startdate', '20400101000000Z', '-enddate', '20410101000000Z'];
    this.#openssl('ca', '-batch', '-notext', '-config', 'ca.conf', '-name', 'ca', ...files, ...span);
    return { key, cert: this.#read('crt') };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' });
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8');
  }
}

describe('TLS of the dialer', () => {
  const servers: Server[] = [];
  let authority: Authority;
  let good: { key: string; cert: string };

  beforeAll(() => {
    authority = new Authority();
    good = authority.sign('storage.example', 2);
  });
  afterAll(() => authority.remove());
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const serve = (options: TlsOptions) =>
    listen(
      createTlsServer(options, (socket) => socket.on('error', () => undefined)).on('tlsClientError', () => undefined),
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

  it('names what the certificate of another host is for', async () => {
    await expect(dial(await serve(good), 'other.example')).rejects.toMatchObject({
      code: 'tls.hostname_mismatch',
      detail: { values: { names: 'DNS:storage.example' } },
    });
    await expect(dial(await serve(good), '127.0.0.1')).rejects.toMatchObject({ code: 'tls.hostname_mismatch' });
  });

  it('does not take one that has expired', async () => {
    await expect(dial(await serve(authority.sign('storage.example', -1)))).rejects.toMatchObject({
      code: 'tls.expired',
    });
  });

  it('does not take one that is not valid yet, or is for another purpose', async () => {
    await expect(dial(await serve(authority.signForTheFuture('storage.example')))).rejects.toMatchObject({
      code: 'tls.not_yet_valid',
    });
    await expect(dial(await serve(authority.signForClients('storage.example')))).rejects.toMatchObject({
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
