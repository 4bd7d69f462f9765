import { createHmac, randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import type { AbuseCase } from '../abuse-case.js';
import { listen } from '../hostile/listening.js';
import { median } from '../median.js';
import { type Answer, RestClient } from '../rest-client.js';
import { startWrongly } from '../start-wrongly.js';
import type { Trial } from '../trial.js';
import { bodyFor } from './egress-addresses.js';
import { operationsOf, pathOf } from '../fuzz/openapi.js';

const VERIFIER = 'libs/permissions/src/token-verifier.spec.ts';
const withoutId = ({ text }: Answer): string => text.replace(/"request_id":"[^"]+"/, '');
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function forge(header: object, payload: object, secret: string): string {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Tokens that are wrong in one thing each, most of them signed with the right secret. */
function badTokens(secret: string, organization: string): Record<string, string> {
  const now = Math.floor(Date.now() / 1000);
  const good = {
    sub: 'x',
    exp: now + 600,
    orgs: { [organization]: ['org.storage.*'] },
    platform: ['platform.storage.update'],
  };
  const hs256 = { alg: 'HS256', typ: 'JWT' };
  const signed = (payload: object, header: object = hs256): string => forge(header, { ...good, ...payload }, secret);
  return {
    none: `${part({ alg: 'none' })}.${part(good)}.`,
    None: `${part({ alg: 'None' })}.${part(good)}.`,
    'another secret': forge(hs256, good, 'x'.repeat(32)),
    'the empty secret': forge(hs256, good, ''),
    RS256: forge({ alg: 'RS256', typ: 'JWT' }, good, secret),
    crit: signed({}, { ...hs256, crit: ['x'], x: 1 }),
    expired: signed({ exp: now - 31 }),
    'not yet': signed({ nbf: now + 120 }),
    'of the future': signed({ iat: now + 86_400 }),
    'without end': forge(hs256, { sub: 'x', orgs: good.orgs }, secret),
    'without sub': forge(hs256, { exp: now + 600, orgs: good.orgs }, secret),
    'exp as text': signed({ exp: 'tomorrow' }),
    'of 9 KiB': signed({ padding: 'x'.repeat(9 * 1024) }),
    'orgs as a list': signed({ orgs: [organization] }),
    'no JWT at all': 'garbage',
    empty: '',
    'signature cut': signed({}).slice(0, -2),
  };
}

async function countStrangeAnswers(trial: Trial): Promise<void> {
  const system = await trial.lab.open();
  const nobody = new RestClient(system.api, null, '', trial.lab.transcript);
  const operations = await operationsOf(nobody);
  const isPublic = (path: string): boolean => /storage-keys$|health|metrics|openapi|asyncapi/.test(path);
  const anyToken = (path: string): boolean => /storage-(settings|providers)$/.test(path);
  const [victim, stranger] = [await trial.stranger(system), await trial.rest(system)];
  const powerless = await trial.rest(system, { organization: victim.organization, permissions: [] });
  const config = await trial.makeStorage(victim);
  let tried = 0;
  for (const operation of operations) {
    const { method, path } = operation;
    if (isPublic(path)) continue;
    const url = pathOf(operation, { id: config.id, organization: victim.organization });
    const origin = new URL(system.api).origin;
    const ask = (rest: RestClient): Promise<Answer> =>
      rest.send(method, `${origin}${url}`, operation.hasBody ? {} : undefined);
    const [anonymous, foreign, weak] = [await ask(nobody), await ask(stranger), await ask(powerless)];
    tried += 3;
    trial.require(anonymous.status === 401, `${method} ${path} without a token is 401: ${anonymous.status}`);
    if (anyToken(path) && method === 'GET') continue;
    const isPlatform = path.includes('/platform/') || (path.endsWith('storage-settings') && method === 'PATCH');
    const expected = isPlatform ? [403] : [404];
    trial.require(
      expected.includes(foreign.status),
      `${method} ${path} for another organization is ${expected.join()}: ${foreign.status} ${foreign.text.slice(0, 120)}`,
    );
    trial.require(
      [403, 404].includes(weak.status),
      `${method} ${path} without the permission is 403: ${weak.status} ${weak.text.slice(0, 120)}`,
    );
  }
  trial.saw(`${operations.length} routes of the document, ${tried} requests`);
}

export const CALLERS: AbuseCase[] = [
  {
    number: 43,
    tried: 'tokens: alg none, other algorithms and keys, crit, expired, not yet, without end, 9 KiB, two headers',
    proofs: [
      { file: VERIFIER },
      { file: 'libs/permissions/src/permissions.module.spec.ts', name: 'two Authorization headers' },
    ],
    async attempt(trial) {
      const system = await trial.lab.open();
      const organization = randomUUID();
      const bodies = new Set<string>();
      const tokens = badTokens(system.secrets.jwtSecret, organization);
      for (const [what, token] of Object.entries(tokens)) {
        const rest = new RestClient(system.api, token, organization, trial.lab.transcript);
        const answer = await rest.send('GET', `/storage-configs?${rest.ofOrganization}`);
        bodies.add(withoutId(answer));
        trial.require(answer.status === 401, `a token ${what} is 401: ${answer.status} ${answer.text.slice(0, 100)}`);
      }
      const inQuery = await fetch(`${system.api}/storage-settings?access_token=${await system.token({})}`);
      trial.require(inQuery.status === 401, `a token in the URL is none: ${inQuery.status}`);
      trial.require(bodies.size === 1, `one body for all: ${bodies.size}`);
      trial.saw(`${Object.keys(tokens).length + 1} refused with one body`);
    },
  },
  {
    number: 44,
    tried: 'a gateway with JWT_SECRET=secret, with both kinds of keys, without issuer in production',
    async attempt(trial) {
      const system = await trial.lab.open();
      const environments: Record<string, string>[] = [
        { JWT_SECRET: 'secret', NODE_ENV: 'production', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' },
        { JWT_SECRET: 'secret' },
        {
          JWT_SECRET:
            '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----',
        },
        { JWT_JWKS_URL: 'https://issuer.example/jwks.json' },
        { JWT_SECRET: '', JWT_JWKS_URL: 'http://issuer.example/jwks.json' },
        { NODE_ENV: 'production' },
      ];
      const endings = await Promise.all(environments.map((each) => startWrongly(system, 'gateway', each)));
      endings.forEach(({ code, output }, index) =>
        trial.require(
          code === 1 && output.includes('JWT_'),
          `${JSON.stringify(environments[index])} does not start: ${code} ${output.slice(-200)}`,
        ),
      );
      trial.saw(`${endings.length} starts refused`);
    },
  },
  {
    number: 45,
    tried: 'a JWKS host that is away, that answers 10 MB, that changes its keys; many unknown key ids',
    proofs: [
      { file: VERIFIER, name: 'goes on with the keys that it has' },
      { file: VERIFIER, name: 'asks for the keys once for many unknown kids' },
      { file: VERIFIER, name: 'does not blame the token' },
    ],
  },
  {
    number: 46,
    tried: 'every route of the OpenAPI document without a token, for another organization, without the permission',
    proofs: [{ file: 'apps/gateway/src/permissions.medium.ts' }],
    attempt: countStrangeAnswers,
  },
  {
    number: 47,
    tried: 'telling the storage of another from one that does not exist, by the answer and by the time',
    async attempt(trial) {
      const system = await trial.lab.open();
      const [victim, thief] = [await trial.stranger(system), await trial.stranger(system)];
      const { id } = await trial.makeStorage(victim);
      const times: { foreign: number[]; random: number[] } = { foreign: [], random: [] };
      for (let round = 0; round < 40; round++) {
        for (const [method, suffix] of [
          ['GET', ''],
          ['PATCH', ''],
          ['DELETE', ''],
          ['POST', '/test'],
          ['POST', '/usage/refresh'],
        ] as const) {
          const body = method === 'PATCH' ? { name: 'x' } : undefined;
          const foreign = await thief.send(method, `/storage-configs/${id}${suffix}`, body);
          const random = await thief.send(method, `/storage-configs/${randomUUID()}${suffix}`, body);
          trial.require(
            foreign.status === 404 && withoutId(foreign) === withoutId(random),
            `${method} ${suffix}: the same 404: ${foreign.status} ${random.status}`,
          );
          times.foreign.push(foreign.milliseconds);
          times.random.push(random.milliseconds);
        }
      }
      const [a, b] = [median(times.foreign), median(times.random)];
      trial.saw(`medians ${a.toFixed(1)} and ${b.toFixed(1)} ms`);
      trial.require(Math.abs(a - b) < 20, `the medians are within 20 ms: ${a} and ${b}`);
    },
  },
  {
    number: 48,
    tried: 'moving a storage to another address while its secrets stay as they are',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const elsewhere = await listen(() => undefined);
      const config = await trial.makeStorage(rest);
      const [row] = await trial.lab.rows(system, 'SELECT * FROM storage_configs WHERE id = $1', [config.id]);
      const url = `http://127.0.0.1:${elsewhere.port}`;
      const { access_key, secret_key } = trial.lab.storageBody();
      for (const body of [
        { endpoint_url: url },
        { endpoint_url: url, access_key },
        { endpoint_url: url, secret_key },
        { endpoint_url: url.replace('http', 'https') },
        { endpoint_url: `http://localhost:${elsewhere.port}` },
      ]) {
        const answer = await rest.send('PATCH', `/storage-configs/${config.id}`, body);
        trial.require(
          answer.status === 422 && answer.body['code'] === 'credentials.required',
          `${Object.keys(body).join('+')} needs all credentials: ${answer.status} ${answer.text.slice(0, 150)}`,
        );
      }
      const [after] = await trial.lab.rows(system, 'SELECT * FROM storage_configs WHERE id = $1', [config.id]);
      trial.require(JSON.stringify(row) === JSON.stringify(after), 'the row is as it was');
      trial.require(elsewhere.accepted === 0, `nobody dialled the new address: ${elsewhere.accepted}`);
      trial.saw('5 refused with credentials.required, nothing dialled');
      await elsewhere.stop();
    },
  },
  {
    number: 49,
    tried: 'a test of a saved storage with another address in its body or query',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const elsewhere = await listen(() => undefined);
      const { id } = await trial.makeStorage(rest);
      const override = { endpoint_url: `http://127.0.0.1:${elsewhere.port}` };
      const answers = [
        await rest.send('POST', `/storage-configs/${id}/test`, override),
        await rest.send('POST', `/storage-configs/${id}/test`, [override]),
        await rest.send('POST', `/storage-configs/${id}/test?endpoint_url=${override.endpoint_url}`),
      ];
      for (const { status } of answers) trial.require([400, 422].includes(status), `refused: ${status}`);
      trial.require(elsewhere.accepted === 0, 'nobody dialled it');
      trial.saw(answers.map(({ status }) => status).join());
      await elsewhere.stop();
    },
  },
  {
    number: 60,
    tried: 'a web page of another origin, or of none, reads answers',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      for (const origin of ['https://evil.example', 'null', new URL(system.api).origin]) {
        for (const method of ['GET', 'OPTIONS']) {
          const headers = {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          };
          const answer = await rest.send(method, '/storage-settings', undefined, { headers });
          const allowed = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
          trial.require(allowed.length === 0, `${method} for ${origin} allows nothing: ${allowed.join()}`);
        }
      }
      trial.saw('no Access-Control header');
    },
  },
  {
    number: 61,
    tried:
      'going on after the right was taken away: as rest.md has it, a right lives as long as the token that names it',
    proofs: [{ file: 'apps/gateway/src/storage-events/storage-events.medium.ts', name: 'token' }],
    async attempt(trial) {
      const system = await trial.lab.open();
      const organization = randomUUID();
      const all = await trial.rest(system, { organization });
      const { id } = await trial.makeStorage(all);
      const reduced = await trial.rest(system, { organization, permissions: ['org.storage.list'] });
      for (const [method, path, body] of [
        ['DELETE', `/storage-configs/${id}`, undefined],
        ['PATCH', `/storage-configs/${id}`, { name: 'x' }],
        ['POST', `/storage-configs?organization_id=${organization}`, trial.lab.storageBody()],
        ['POST', `/storage-configs/${id}/test?depth=full`, undefined],
      ] as const) {
        const { status } = await reduced.send(method, path, body);
        trial.require(status === 403, `${method} with a token that no longer names the right is 403: ${status}`);
      }
      trial.saw('403 at once with the next token');
    },
  },
  {
    number: 105,
    tried:
      'the way round the guard: encoded and doubled slashes, dots, other methods, other cases, trailing characters',
    async attempt(trial) {
      const system = await trial.lab.open();
      const { port, hostname } = new URL(system.api);
      const secret = await trial.makeStorage(await trial.stranger(system));
      const paths = [
        `//api/v1/backups/storage-configs/${secret.id}`,
        `/api/v1/backups//storage-configs/${secret.id}`,
        `/api/v1/backups/storage%2Dconfigs/${secret.id}`,
        `/api/v1/backups/x/..%2fstorage-configs/${secret.id}`,
        `/api/v1/backups/storage-keys/../storage-configs/${secret.id}`,
        `/api/v1/backups/storage-configs/${secret.id}/`,
        `/api/v1/backups/storage-configs/${secret.id}%00`,
        `/api/v1/backups/storage-configs/${secret.id};a=b`,
        `/api/v1/backups/storage-configs/${secret.id}?`,
        `/API/V1/backups/storage-configs/${secret.id}`,
        `/api/v1/backups/storage-configs/${secret.id}.json`,
        `/docs/../api/v1/backups/storage-configs/${secret.id}`,
        `/assets/..%2f..%2f..%2fetc/passwd`,
        `/..%2f..%2fpackage.json`,
        `/%2e%2e/%2e%2e/etc/passwd`,
      ];
      for (const path of paths) {
        for (const method of ['GET', 'HEAD', 'POST', 'TRACE', 'PROPFIND']) {
          const answer = await raw(
            Number(port),
            hostname,
            `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
          );
          const status = Number(answer.split(' ')[1]);
          trial.require(
            [400, 401, 404, 405].includes(status),
            `${method} ${path} shows nothing: ${answer.slice(0, 100)}`,
          );
          trial.require(
            !answer.includes(secret.bucket ?? '-') && !answer.includes('root:'),
            `${method} ${path} holds nothing`,
          );
        }
      }
      trial.saw(`${paths.length * 5} requests, none answered`);
    },
  },
  {
    number: 106,
    tried: 'requests smuggled behind requests: two lengths, chunked and a length, line ends in headers',
    async attempt(trial) {
      const system = await trial.lab.open();
      const { port, hostname } = new URL(system.api);
      const path = '/api/v1/backups/storage-settings';
      const smuggled = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
      const heads = [
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxx`,
        `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
        `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
        `GET ${path} HTTP/1.1\nHost: x\nX: y\n\n`,
        `GET ${path} HTTP/9.9\r\nHost: x\r\n\r\n`,
      ];
      for (const head of heads) {
        const answer = await raw(Number(port), hostname, head + smuggled);
        const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
        trial.require(
          statuses.length <= 1 && statuses[0] === '400',
          `${JSON.stringify(head.slice(0, 80))} is 400 and the end: ${statuses.join()}`,
        );
      }
      trial.saw(`${heads.length} answered 400 and hung up`);
    },
  },
  {
    number: 107,
    tried: 'a private key that was sealed for one organization is used by another',
    proofs: [{ file: 'apps/storage-worker/src/storage-configs/open-input.spec.ts' }],
    async attempt(trial) {
      const system = await trial.lab.open();
      const [owner, thief] = [await trial.stranger(system), await trial.stranger(system)];
      const made = await owner.send('POST', `/storage-tools/ssh-key?${owner.ofOrganization}`);
      trial.require(made.status === 200 || made.status === 201, `the key pair is made: ${made.status}`);
      const body = {
        ...bodyFor('sftp', '127.0.0.1', 2022),
        secret_key: undefined,
        private_key_sealed: made.body['private_key_sealed'],
      };
      const answer = await thief.test(body);
      trial.require(answer.status === 422, `refused to the other: ${answer.status} ${answer.text.slice(0, 150)}`);
      trial.saw(`${answer.status} ${String(answer.body['code'])}`);
    },
  },
];

/** Bytes as they are, which no client would send; what came back until the gateway hung up. */
function raw(port: number, host: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const chunks: Buffer[] = [];
    const end = (): void => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    socket.setTimeout(3000, end);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('close', end);
    socket.once('error', end);
    socket.connect(port, host, () => socket.write(bytes, 'latin1'));
  });
}
