import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from './requirements.js';
import { run } from './run.js';

export interface Certificate {
  certificateFile: string;
  keyFile: string;
  /** The certificate itself, which is its own authority. */
  pem: string;
}

/** A self-signed certificate for localhost, 127.0.0.1 and ::1. */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const certificateFile = join(directory, 'tls.crt');
  const keyFile = join(directory, 'tls.key');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'];
  await run(program('openssl'), ['req', '-x509', '-days', '3650', ...key, ...names, '-out', certificateFile]);
  chmodSync(keyFile, 0o600);
  return { certificateFile, keyFile, pem: readFileSync(certificateFile, 'utf8') };
}
