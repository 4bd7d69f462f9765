import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignedCertificate } from './certificate-authority.js';
import { LeashedProcess } from './leashed-process.js';
import { accepts, freePort } from './ports.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import { program, requireServer } from './requirements.js';

export interface NginxOptions {
  /** Where requests go, e.g. `http://127.0.0.1:9000`. */
  upstream: string;
  /** As nginx writes sizes; its own default is `1m`, `0` is none. */
  maxBody?: string;
  /** Whether the upstream is told the name that the client asked for; signatures of S3 need it. Default true. */
  keepsHost?: boolean;
  /** More lines of its configuration, for the one place that everything is passed on from. */
  location?: string[];
  /** And for the whole of HTTP. */
  http?: string[];
  /** Speaks TLS with this certificate. Both PEM. */
  tls?: SignedCertificate;
}

export interface Nginx {
  host: string;
  port: number;
  endpoint: string;
  stop(): Promise<void>;
}

/** A real nginx as a reverse proxy. Ready after about 0.1 s. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  requireServer('nginx');
  const directory = makePrivateDirectory('nginx');
  const port = await freePort();
  const file = join(directory, 'nginx.conf');
  mkdirSync(join(directory, 'temporary'));
  if (options.tls) {
    writeFileSync(join(directory, 'tls.crt'), options.tls.cert);
    writeFileSync(join(directory, 'tls.key'), options.tls.key, { mode: 0o600 });
  }
  writeFileSync(file, configuration(directory, port, options));
  const server = new LeashedProcess({
    name: 'nginx',
    command: program('nginx'),
    args: ['-c', file, '-p', directory],
    logFile: join(directory, 'nginx.log'),
    graceSeconds: 2,
  });
  const stop = async () => {
    await server.stop();
    removePrivateDirectory(directory);
  };
  try {
    await server.ready(() => accepts(port), 10);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: '127.0.0.1', port, endpoint: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`, stop };
}

function configuration(directory: string, port: number, options: NginxOptions): string {
  const { upstream, maxBody = '1m', keepsHost = true, location = [], http = [], tls } = options;
  const certificate = [
    `ssl_certificate ${join(directory, 'tls.crt')};`,
    `ssl_certificate_key ${join(directory, 'tls.key')};`,
  ];
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid ${join(directory, 'nginx.pid')};
error_log stderr;
events {}
http {
  access_log off;
${temporary.map((kind) => `  ${kind}_temp_path ${join(directory, 'temporary', kind)};`).join('\n')}
${http.map((line) => `  ${line}`).join('\n')}
  server {
    listen 127.0.0.1:${port}${tls ? ' ssl' : ''};
    ${tls ? certificate.join('\n    ') : ''}
    client_max_body_size ${maxBody};
    location / {
      proxy_pass ${upstream};
      ${keepsHost ? 'proxy_set_header Host $http_host;' : ''}
      ${location.join('\n      ')}
    }
  }
}
`;
}
