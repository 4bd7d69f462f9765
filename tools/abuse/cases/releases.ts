import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AbuseCase } from '../abuse-case.js';
import { ask, contentOf, question, withClient } from '../service-question.js';

const ALERTS = 'docs/alerts/stowage.rules.yml';

export const RELEASES: AbuseCase[] = [
  {
    number: 69,
    tried: 'asking for the storage of an organization that has none, an inactive one, BYOS switched off',
    async attempt(trial) {
      const { system, rest, id } = await trial.withStorage();
      const administrator = await trial.rest(system, { platform: true });
      const none = contentOf(await ask(system, { body: question(randomUUID()) }));
      trial.require(
        none?.error?.code === 'storage.default.none' && none.credentials === null,
        `none: ${JSON.stringify(none?.error)}`,
      );
      await rest.send('PATCH', `/storage-configs/${id}`, { is_active: false });
      const inactive = contentOf(await ask(system, { body: question(rest.organization) }));
      trial.require(
        /^storage\.default\.(inactive|none)$/.test(inactive?.error?.code ?? '') && inactive?.credentials === null,
        `inactive: ${JSON.stringify(inactive?.error)}`,
      );
      const foreign = contentOf(
        await ask(system, { key: 'storage.config.get', body: { ...question(randomUUID()), storage_config_id: id } }),
      );
      trial.require(
        foreign?.ok === false && foreign.credentials === null && foreign.storage === null,
        `of another organization: ${JSON.stringify(foreign?.error)}`,
      );
      await administrator.send('PATCH', '/storage-settings', { allow_org_byos: false });
      const off = contentOf(await ask(system, { body: question(randomUUID()) }));
      await administrator.send('PATCH', '/storage-settings', { allow_org_byos: true });
      trial.require(off?.ok === false && off.credentials === null, `BYOS off: ${JSON.stringify(off?.error)}`);
      trial.saw([none, inactive, foreign, off].map((reply) => String(reply?.error?.code)).join(', '));
    },
  },
  {
    number: 70,
    tried: '1000 questions for the storages of 1000 organizations in a minute',
    async attempt(trial) {
      const system = await trial.lab.open();
      const administrator = await trial.rest(system, { platform: true });
      const platform = await administrator.send('POST', '/platform/storage-configs', {
        ...trial.lab.storageBody(),
        is_default: true,
      });
      trial.require(platform.status === 201, `the platform has a storage: ${platform.text.slice(0, 150)}`);
      const organizations = Array.from({ length: 1000 }, () => randomUUID());
      const began = Date.now();
      await withClient(system, async (client) => {
        for (let at = 0; at < organizations.length; at += 50) {
          await Promise.all(
            organizations.slice(at, at + 50).map((organization) => client.getDefaultStorage(organization)),
          );
        }
      });
      const seconds = (Date.now() - began) / 1000;
      const audited = async (): Promise<number> => {
        const [row] = await trial.lab.rows<{ count: number }>(
          system,
          `SELECT count(DISTINCT organization_id)::int AS count FROM storage_audit WHERE organization_id = ANY($1::uuid[]) AND action LIKE '%release%'`,
          [organizations],
        );
        return row!.count;
      };
      await trial.lab.within(5, async () => (await audited()) === 1000);
      const count = await audited();
      trial.saw(`1000 released in ${seconds.toFixed(1)} s, ${count} audited`);
      trial.require(count === 1000, `each release is in the audit: ${count}`);
      const metrics = await (await fetch(`${system.workers[0]!.url}/metrics`)).text();
      const counted = Number(/^storage_releases_total\{service="backup-service"\} (\d+)$/m.exec(metrics)?.[1]);
      const alarm = Number(
        /increase\(storage_releases_total\[5m\]\)\) > (\d+)/.exec(readFileSync(ALERTS, 'utf8'))?.[1],
      );
      trial.saw(`counted ${counted}, the alarm rings above ${alarm} in five minutes`);
      trial.require(counted >= 1000 && alarm < 1000, 'a rate like this raises an alarm');
      await administrator.send('DELETE', `/platform/storage-configs/${String(platform.body['id'])}`);
    },
  },
  {
    number: 110,
    tried:
      'a storage is sent elsewhere in the database, or given to another organization, while its seal is still kept',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const thief = randomUUID();
      const read = async (organization: string, id: string) =>
        contentOf(
          await ask(system, {
            key: 'storage.config.get',
            body: { ...question(organization), purpose: 'read', storage_config_id: id },
          }),
        );
      const moves: [string, string, string][] = [
        ['address', `endpoint_url = 'https://evil.example'`, rest.organization],
        ['organization', `organization_id = '${thief}'`, thief],
      ];
      for (const [what, change, asker] of moves) {
        const { id } = await trial.makeStorage(rest);
        trial.require((await read(rest.organization, id))?.ok === true, 'it is released before');
        await trial.lab.rows(system, `UPDATE storage_configs SET is_default = false, ${change} WHERE id = $1`, [id]);
        const reply = await read(asker, id);
        trial.require(
          reply?.error?.code === 'credentials.unavailable' && reply.credentials === null,
          `with another ${what} nothing is released: ${JSON.stringify(reply)?.slice(0, 200)}`,
        );
        trial.saw(`${what}: ${reply?.error?.code}`);
      }
    },
  },
];
