import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
}

export interface Nginx {
  host: string;
  port: number;
  endpoint: string;
  stop(): Promise<void>;
}

/** A real nginx as a reverse proxy in clear text. Ready after about 0.1 s. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  requireServer('nginx');
  const directory = makePrivateDirectory('nginx');
  const port = await freePort();
  const file = join(directory, 'nginx.conf');
  mkdirSync(join(directory, 'temporary'));
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
  return { host: '127.0.0.1', port, endpoint: `http://127.0.0.1:${port}`, stop };
}

function configuration(directory: string, port: number, options: NginxOptions): string {
  const { upstream, maxBody = '1m', keepsHost = true } = options;
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
  server {
    listen 127.0.0.1:${port};
    client_max_body_size ${maxBody};
    location / {
      proxy_pass ${upstream};
      ${keepsHost ? 'proxy_set_header Host $http_host;' : ''}
    }
  }
}
`;
}
