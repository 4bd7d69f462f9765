import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { npmAudit } from './npm-audit.js';
import { verdictOn } from './verdict.js';

describe('advisories of a registry', () => {
  let server: Server | undefined;
  let cache: string;

  beforeEach(() => (cache = makePrivateDirectory('advisories')));
  afterEach(() => removePrivateDirectory(cache));
  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
    if (server) await once(server, 'close');
    server = undefined;
  });

  /** https://docs.npmjs.com/cli/v11/commands/npm-audit#bulk-advisory-endpoint */
  async function registryThat(answers: RequestListener): Promise<string> {
    server = createServer((request, response) => {
      if (request.url === '/-/npm/v1/security/advisories/bulk') return answers(request, response);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  const advisory = (severity: string) => ({
    id: 1,
    url: 'https://advisories.example/1',
    title: 'Anybody may read the queue',
    severity,
    vulnerable_versions: '<99',
    cwe: [],
    cvss: { score: 9, vectorString: null },
  });
  const telling =
    (content: object): RequestListener =>
    (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(content));

  it('are findings where one is severe', async () => {
    const registry = await registryThat(telling({ amqplib: [advisory('high')] }));
    const verdict = verdictOn(await npmAudit({ registry, cache }));
    expect(verdict).toMatchObject({ kind: 'findings' });
    expect((verdict as { packages: string[] }).packages).toContain('amqplib (high)');
  }, 60_000);

  it('are none where none is severe', async () => {
    const registry = await registryThat(telling({ amqplib: [advisory('low')] }));
    expect(verdictOn(await npmAudit({ registry, cache }))).toEqual({ kind: 'clean' });
  }, 60_000);

  it('are unknown where the registry keeps none', async () => {
    const registry = await registryThat((_request, response) => response.writeHead(405).end());
    expect(verdictOn(await npmAudit({ registry, cache }))).toMatchObject({ kind: 'unanswered' });
  }, 60_000);

  it('are not waited for longer than the deadline', async () => {
    const registry = await registryThat(() => undefined);
    expect(verdictOn(await npmAudit({ registry, cache, deadlineMs: 5000 }))).toMatchObject({ kind: 'unanswered' });
  }, 60_000);
});
