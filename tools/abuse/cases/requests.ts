import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { AbuseCase } from '../abuse-case.js';
import { startChromium } from '../../servers/chromium.js';
import type { Trial } from '../trial.js';

const STRING_FIELDS = [
  'name',
  'provider',
  'bucket',
  'region',
  'endpoint_url',
  'account_id',
  'host',
  'path_prefix',
  'storage_class',
  'access_key',
  'secret_key',
  'private_key',
  'passphrase',
  'ca_certificate',
  'host_key_sha256',
  'tls',
  'jurisdiction',
];
const XSS = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

async function snapshot(trial: Trial, organization: string): Promise<string> {
  const system = await trial.lab.open();
  return JSON.stringify(
    await trial.lab.rows(system, 'SELECT * FROM storage_configs WHERE organization_id = $1 ORDER BY id', [
      organization,
    ]),
  );
}

export const REQUESTS: AbuseCase[] = [
  {
    number: 50,
    tried:
      'setting what nobody may set: organization_id, id, sums, the sealed record, __proto__, constructor.prototype',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const config = await trial.makeStorage(rest);
      const before = await snapshot(trial, rest.organization);
      const extras = [
        { organization_id: randomUUID() },
        { id: randomUUID() },
        { total_size_bytes: 1 },
        { object_count: 1 },
        { last_used_at: '2026-01-01T00:00:00Z' },
        { credentials_ct: 'x' },
        { credentials_kid: 'x' },
        { version: 9 },
        { health: { status: 'healthy' } },
        { created_at: '2026-01-01T00:00:00Z' },
        { private_key_pem: 'x' },
      ].map((extra) => JSON.stringify(extra));
      const raws = [
        ...extras,
        '{"__proto__":{"is_default":true}}',
        '{"constructor":{"prototype":{"x":1}}}',
        '{"name":"x","__proto__":null}',
      ];
      for (const raw of raws) {
        const patched = await rest.send('PATCH', `/storage-configs/${config.id}`, undefined, { raw });
        trial.require([400, 422].includes(patched.status), `PATCH ${raw} is refused: ${patched.status}`);
        const whole = `${JSON.stringify(trial.lab.storageBody()).slice(0, -1)},${raw.slice(1)}`;
        const posted = await rest.send('POST', `/storage-configs?${rest.ofOrganization}`, undefined, { raw: whole });
        trial.require([400, 422].includes(posted.status), `POST with ${raw} is refused: ${posted.status}`);
      }
      trial.require(before === (await snapshot(trial, rest.organization)), 'the rows are as they were');
      trial.saw(`${raws.length * 2} refused, rows unchanged`);
    },
  },
  {
    number: 51,
    tried: 'objects, lists, numbers, a million characters, lone surrogates and NUL in every text field',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const values: unknown[] = [
        {},
        { $gt: '' },
        [],
        ['x'],
        7,
        1e308,
        true,
        '\ud800',
        'a\u0000b',
        '',
        'x'.repeat(60_000),
      ];
      let tried = 0;
      for (const field of STRING_FIELDS) {
        for (const value of values) {
          const { status, text } = await rest.create({ ...trial.lab.storageBody(), [field]: value });
          tried++;
          trial.require(
            [400, 413, 422].includes(status),
            `${field}: ${JSON.stringify(value).slice(0, 30)} is refused: ${status} ${text.slice(0, 120)}`,
          );
        }
      }
      const million = await rest.create({ ...trial.lab.storageBody(), name: 'x'.repeat(1_000_000) }).catch(() => null);
      trial.require(million === null || million.status === 413, `a million characters: ${million?.status}`);
      trial.saw(`${tried + 1} refused`);
    },
  },
  {
    number: 52,
    tried: 'bodies of 65 KiB, 100 000 keys, 10 000 levels, a key twice, other types, a gzip bomb',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const path = `/storage-configs?${rest.ofOrganization}`;
      const good = JSON.stringify(trial.lab.storageBody());
      const tries: [string, number[], string | Buffer, Record<string, string>?][] = [
        ['65 KiB', [413], `{"name":"${'x'.repeat(65 * 1024)}"}`],
        ['100 000 keys', [413], `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join()}}`],
        ['10 000 levels', [400, 422], `{"name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
        ['a key twice', [400, 422, 201], `${good.slice(0, -1)},"provider":"nothing"}`],
        ['text', [415], good, { 'content-type': 'text/plain' }],
        ['a form', [415], 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }],
        ['UTF-16', [400, 415], Buffer.from(good, 'utf16le')],
        ['gzip', [400, 415], gzipSync(good), { 'content-encoding': 'gzip' }],
        ['a gzip bomb', [400, 413, 415], gzipSync(Buffer.alloc(20_000_000)), { 'content-encoding': 'gzip' }],
        ['nothing', [400, 422], ''],
        ['no JSON', [400], '{'],
        ['NaN', [400], '{"port":NaN}'],
      ];
      for (const [what, statuses, raw, headers] of tries) {
        const answer = await rest.send('POST', path, undefined, { raw, headers }).catch(() => null);
        const fine = answer === null ? statuses.includes(413) : statuses.includes(answer.status);
        trial.require(fine, `${what} is ${statuses.join(' or ')}: ${answer?.status} ${answer?.text.slice(0, 120)}`);
      }
      trial.saw(`${tries.length} refused`);
    },
  },
  {
    number: 53,
    tried: 'unknown query keys, operators, sorting and filtering by secret columns',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const keys = [
        'sort=secret_key',
        'order=credentials_ct',
        'filter[secret_key][$startsWith]=a',
        'where=1',
        'select=credentials_ct',
        'limit[]=1',
        'limit=1&limit=2',
        'limit=0',
        'limit=201',
        'cursor=x',
        `cursor=${Buffer.from('{"id":"x"}').toString('base64url')}`,
        '__proto__=1',
        'constructor[prototype]=1',
        `organization_id=${rest.organization}`,
      ];
      for (const key of keys) {
        const { status } = await rest.send('GET', `/storage-configs?${rest.ofOrganization}&${key}`);
        trial.require([400, 422].includes(status), `${key} is refused: ${status}`);
      }
      trial.saw(`${keys.length} refused`);
    },
  },
  {
    number: 54,
    tried: '50 at once make themselves the default, by create and by PATCH, through two gateways',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const other = rest.through(`${system.gateways[1]!.url}/api/v1/backups`);
      const configs = await Promise.all(Array.from({ length: 10 }, () => trial.makeStorage(rest)));
      const patches = Array.from({ length: 25 }, (_, index) => {
        const path = `/storage-configs/${configs[index % 10]!.id}`;
        const through = index % 2 ? rest : other;
        return through.insist(() => through.send('PATCH', path, { is_default: true }));
      });
      const creates = Array.from({ length: 25 }, (_, index) => {
        const body = { ...trial.lab.storageBody(), is_default: true };
        const headers = { 'idempotency-key': randomUUID() };
        const through = index % 2 ? rest : other;
        return through.insist(() => through.create(body, headers));
      });
      const answers = await Promise.all([...patches, ...creates]);
      const strange = answers.filter(({ status }) => ![200, 201, 409, 412].includes(status));
      trial.require(strange.length === 0, `each is answered: ${strange[0]?.status} ${strange[0]?.text.slice(0, 200)}`);
      const [count] = await trial.lab.rows<{ count: number }>(
        system,
        'SELECT count(*)::int AS count FROM storage_configs WHERE organization_id = $1 AND is_default',
        [rest.organization],
      );
      trial.require(count!.count === 1, `exactly one default: ${count!.count}`);
      trial.saw(`${answers.length} at once, ${count!.count} default`);
    },
  },
  {
    number: 55,
    tried: 'an Idempotency-Key again with the same body, another body, as another user, in another organization',
    async attempt(trial) {
      const system = await trial.lab.open();
      const [rest, foreign] = [await trial.stranger(system), await trial.rest(system)];
      const colleague = await trial.rest(system, { organization: rest.organization });
      const secret_key = trial.lab.canaries.make('secret under an idempotency key');
      const body = { ...trial.lab.storageBody(), secret_key };
      const headers = { 'idempotency-key': randomUUID() };
      const first = await rest.create(body, headers);
      const [again, changed, byColleague, elsewhere] = [
        await rest.create(body, headers),
        await rest.create({ ...body, secret_key: `${secret_key}x` }, headers),
        await colleague.create(body, headers),
        await foreign.create(body, headers),
      ];
      trial.require(first.status === 201, `created: ${first.text.slice(0, 150)}`);
      trial.require(again.body['id'] === first.body['id'], `again the same storage: ${again.status}`);
      trial.require(changed.status === 422, `another secret is another body: ${changed.status}`);
      trial.require(
        byColleague.body['id'] === first.body['id'] || byColleague.status === 422,
        `a colleague: ${byColleague.status}`,
      );
      trial.require(
        elsewhere.status === 201 && elsewhere.body['id'] !== first.body['id'],
        `another organization has its own: ${elsewhere.status}`,
      );
      const stored = JSON.stringify(await trial.lab.rows(system, 'SELECT * FROM idempotency_keys'));
      trial.require(trial.lab.canaries.in(stored).length === 0, 'no secret is stored with it');
      trial.saw(
        `same ${again.status}, other body ${changed.status}, colleague ${byColleague.status}, elsewhere ${elsewhere.status}`,
      );
    },
  },
  {
    number: 56,
    tried: 'create, change and test while organizations may not bring their own storage',
    async attempt(trial) {
      const system = await trial.lab.open();
      const administrator = await trial.rest(system, { platform: true });
      const rest = await trial.stranger(system);
      const config = await trial.makeStorage(rest);
      await administrator.send('PATCH', '/storage-settings', { allow_org_byos: false });
      try {
        await trial.lab.within(
          5,
          async () => (await rest.send('GET', '/storage-settings')).body['allow_org_byos'] === false,
        );
        const answers = [
          await rest.create(trial.lab.storageBody()),
          await rest.send('PATCH', `/storage-configs/${config.id}`, { name: 'x' }),
          await rest.test(trial.lab.storageBody()),
          await rest.send('POST', `/storage-configs/${config.id}/test`),
        ];
        for (const { status, body } of answers) {
          trial.require(
            status === 403 && String(body['detail']).startsWith('Organization storage configuration is not enabled'),
            `403 in the documented words: ${status} ${String(body['detail'])}`,
          );
        }
        const listed = await rest.send('GET', `/storage-configs/${config.id}`);
        trial.require(listed.status === 200, 'what exists is still shown');
        trial.saw(`${answers.length} times 403`);
      } finally {
        await administrator.send('PATCH', '/storage-settings', { allow_org_byos: true });
      }
    },
  },
  {
    number: 57,
    tried: 'more tests than the rates allow, through two gateways at once',
    proofs: [{ file: 'apps/gateway/src/test-rates/test-rates.medium.ts' }],
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const other = rest.through(`${system.gateways[1]!.url}/api/v1/backups`);
      const AWS = {
        provider: 'aws_s3',
        bucket: 'backups',
        access_key: 'AKIAIOSFODNN7EXAMPLE',
        secret_key: 'some-secret',
      };
      const statuses: number[] = [];
      for (let index = 0; index < 12; index++) {
        const answer = await (index % 2 ? rest : other).test({ ...AWS, region: 'us-east-1' });
        statuses.push(answer.status);
        if (answer.status === 429) trial.require(Number(answer.headers.get('retry-after')) > 0, '429 says Retry-After');
      }
      trial.require(
        statuses.slice(0, 10).every((status) => status === 200),
        `ten are run: ${statuses.join()}`,
      );
      trial.require(
        statuses.slice(10).every((status) => status === 429),
        `the eleventh is not: ${statuses.join()}`,
      );
      await trial.lab.forgetRates(system);
      trial.lab.nameServer.say('slow.example', () => null);
      const three = await Promise.all(
        [1, 2, 3].map((index) =>
          (index % 2 ? rest : other).test({
            provider: 'minio',
            bucket: 'bbb',
            endpoint_url: 'http://slow.example:9000',
            access_key: 'x',
            secret_key: 'y',
          }),
        ),
      );
      const refused = three.filter(({ status }) => status === 429).length;
      trial.require(refused === 1, `the third at once is refused: ${three.map(({ status }) => status).join()}`);
      trial.saw(`${statuses.join(' ')}; at once ${three.map(({ status }) => status).join(' ')}`);
    },
  },
  {
    number: 58,
    tried: 'scripts in names, prefixes, buckets and errors, looked at in a browser',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      await trial.makeStorage(rest, { name: XSS.slice(0, 100) });
      const prefixed = await rest.create({
        ...trial.lab.storageBody(),
        name: 'second',
        path_prefix: '"><svg onload=window.hacked=1>',
      });
      trial.require([201, 422].includes(prefixed.status), `a prefix: ${prefixed.status}`);
      const browser = await startChromium();
      try {
        const page = await browser.newPage();
        const reports: string[] = [];
        page.on(
          'console',
          (message) => message.text().includes('Content Security Policy') && reports.push(message.text()),
        );
        page.on('dialog', (dialog) => void dialog.dismiss());
        await page.goto(`${system.gateways[0]!.url}/#token=${await system.token({ [rest.organization]: 'all' })}`);
        await page.getByText('<img src=x onerror', { exact: false }).first().waitFor({ timeout: 20_000 });
        const hacked = await page.evaluate('window.hacked');
        trial.require(hacked === undefined, 'no script of theirs has run');
        trial.require(reports.length === 0, `the policy had nothing to forbid: ${reports[0]}`);
        trial.saw('shown as text; no violation of the content security policy');
      } finally {
        await browser.close();
      }
    },
  },
];
