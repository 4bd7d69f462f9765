import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import { program } from './requirements.js';
import { run } from './run.js';

/** PEM. */
export interface SignedCertificate {
  key: string;
  cert: string;
}

export interface CertificateAuthority {
  /** Its own certificate, PEM: what clients must trust. Its name is `Authority of a test`. */
  pem: string;
  /** @param days how long it holds; negative: it ended that long ago */
  sign(name: string, days?: number): Promise<SignedCertificate>;
  /** One that is good for clients, not for servers. */
  signForClients(name: string): Promise<SignedCertificate>;
  /** One that begins in 2040. */
  signForTheFuture(name: string): Promise<SignedCertificate>;
  remove(): void;
}

/** An authority of our own and what it signs, made with the openssl program. */
export async function makeCertificateAuthority(): Promise<CertificateAuthority> {
  const folder = makePrivateDirectory('authority');
  const openssl = (...args: string[]) => run(program('openssl'), args, { cwd: folder });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const issuer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];

  async function request(name: string, extensions: string[] = []): Promise<void> {
    writeFileSync(
      join(folder, 'names'),
      [`subjectAltName=${isIP(name) ? 'IP' : 'DNS'}:${name}`, ...extensions].join('\n'),
    );
    await openssl(...'req -newkey rsa:2048 -nodes -keyout key -out request'.split(' '), '-subj', `/CN=${name}`);
  }
  async function sign(name: string, days: number, extensions?: string[]): Promise<SignedCertificate> {
    await request(name, extensions);
    await openssl(...'x509 -req -in request -out crt -extfile names'.split(' '), ...issuer, '-days', String(days));
    return { key: read('key'), cert: read('crt') };
  }

  const self = ['-subj', '/CN=Authority of a test', '-addext', 'basicConstraints=critical,CA:TRUE'];
  await openssl(...'req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt'.split(' '), ...self);
  return {
    pem: read('ca.crt'),
    sign: (name, days = 2) => sign(name, days),
    signForClients: (name) => sign(name, 2, ['extendedKeyUsage=clientAuth']),
    async signForTheFuture(name) {
      await request(name);
      mkdirSync(join(folder, 'signed'), { recursive: true });
      writeFileSync(join(folder, 'index'), '');
      const settings = ['database=index', 'rand_serial=yes', 'new_certs_dir=signed', 'default_md=sha256', 'policy=any'];
      writeFileSync(join(folder, 'ca.conf'), ['[any]', 'commonName=supplied', '[ca]', ...settings, ''].join('\n'));
      const files = '-in request -out crt -cert ca.crt -keyfile ca.key -extfile names'.split(' ');
      const span = ['-startdate', '20400101000000Z', '-enddate', '20410101000000Z'];
      await openssl(...'ca -batch -notext -config ca.conf -name ca'.split(' '), ...files, ...span);
      return { key: read('key'), cert: read('crt') };
    },
    remove: () => removePrivateDirectory(folder),
  };
}
