import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { EXCHANGES, QUEUES } from '@stowage/contracts';
import { listDeadLetters } from '@stowage/messaging';
import type { AbuseCase } from '../abuse-case.js';
import { ask, contentOf, question } from '../service-question.js';

export const MESSAGES: AbuseCase[] = [
  {
    number: 63,
    tried: 'an RPC without user-id, and with that of another',
    async attempt(trial) {
      // A development broker may have but one user; there a claim is believed.
      const system = await trial.lab.strict();
      const body = question(randomUUID());
      const absent = contentOf(await ask(system, { body, properties: { userId: undefined } }));
      trial.require(
        absent?.ok === false && absent.error?.code === 'request.user_id',
        `without: request.user_id: ${JSON.stringify(absent)}`,
      );
      trial.require(absent?.aud === null && absent.credentials === null, 'without: for nobody, and no credentials');
      const other = await ask(system, { body, properties: { userId: 'storage-worker' } });
      trial.require(/406|PRECONDITION/.test(other ?? ''), `of another: closed by the broker: ${other}`);
      trial.saw(`${absent?.error?.code}; ${other?.slice(0, 60)}`);
    },
  },
  {
    number: 64,
    tried: 'an exchange that is allowed, with the pattern of another handler in the body',
    async attempt(trial) {
      const { system, rest, id } = await trial.withStorage();
      const data = {
        organization_id: rest.organization,
        storage_config_id: id,
        recipient: 'backup-service',
        purpose: 'write',
      };
      for (const pattern of ['storage.delete', 'storage.config.get', { cmd: 'storage.default.get' }, '*', '#', '']) {
        const reply = contentOf(await ask(system, { body: { pattern, data, id: '1' } }));
        trial.require(
          reply?.ok === false,
          `pattern ${JSON.stringify(pattern)} is refused: ${JSON.stringify(reply)?.slice(0, 150)}`,
        );
      }
      const unknown = await ask(system, {
        key: 'storage.delete',
        body: { pattern: 'storage.default.get', data, id: '1' },
      });
      trial.require(unknown === 'returned', `a key without handler comes back: ${unknown}`);
      const { status } = await rest.send('GET', `/storage-configs/${id}`);
      trial.require(status === 200, 'the storage is there');
      trial.saw('6 refused, the unrouted one came back');
    },
  },
  {
    number: 66,
    tried: 'replays: a command twice, a reply again, a reply to another question, a deadline that has passed',
    proofs: [
      { file: 'libs/client/src/stowage-client.spec.ts' },
      { file: 'libs/encryption/src/signing.spec.ts', name: 'refuses' },
    ],
    async attempt(trial) {
      const { system, rest, id } = await trial.withStorage();
      const messageId = randomUUID();
      const body = { organization_id: rest.organization, storage_config_id: id };
      const send = (): Promise<string | null> =>
        ask(system, {
          exchange: EXCHANGES.commands,
          key: 'storage.test',
          body,
          properties: { messageId, headers: { schema: 'storage.test/1' } },
        });
      const [first, second] = [await send(), await send()];
      trial.require(first !== null && second !== null, 'both are answered with the outcome');
      const tested = await trial.lab.rows(system, 'SELECT id FROM storage_operations WHERE message_id = $1', [
        messageId,
      ]);
      trial.require(tested.length === 1, `one operation: ${tested.length}`);
      const late = await ask(system, {
        body: question(rest.organization),
        properties: { headers: { schema: 'storage.default.get/1', deadline: Date.now() - 1 } },
      });
      trial.require(late === null, `a question past its deadline is not answered: ${late}`);
      const reply = await ask(system, {
        body: { ...question(rest.organization), jwk: { kty: 'EC' }, jku: 'https://evil.example' },
        properties: { headers: { schema: 'storage.default.get/1', deadline: Date.now() + 3000, jwk: 'x' } },
      });
      const header = JSON.parse(
        Buffer.from(contentOf(reply)?.credentials?.split('.')[0] ?? 'e30', 'base64url').toString(),
      ) as { kid?: string };
      trial.require(
        header.kid === system.secrets.serviceKeys[0]!.kid,
        'sealed to the registered key, whatever key the message brings',
      );
      const elsewhere = contentOf(
        await ask(system, { body: { ...question(rest.organization), recipient: 'somebody-else' } }),
      );
      trial.require(elsewhere?.error?.code === 'request.recipient', `another recipient: ${elsewhere?.error?.code}`);
      const metrics = await (await fetch(`${system.workers[0]!.url}/metrics`)).text();
      const counted = /^rpc_server_duration_seconds_count\{.*outcome="request.recipient".*\} [1-9]/m.test(metrics);
      trial.require(counted, 'the refusal is counted under its code');
      const isAudited = await trial.lab.within(10, async () => {
        const entries = await trial.lab.rows(
          system,
          `SELECT 1 FROM storage_audit WHERE action = 'service.refused' AND detail->>'code' = 'request.recipient'`,
        );
        return entries.length > 0;
      });
      trial.require(isAudited, "and is in the platform's audit");
      trial.saw('one effect; nothing late; sealed to the registered key; the refusal is counted and audited');
    },
  },
  {
    number: 68,
    tried: 'poison: no JSON, null, 10 MB, 10 000 levels, missing fields, unknown patterns, a secret in clear',
    async attempt(trial) {
      const { system, rest, id } = await trial.withStorage();
      const worker = await system.workers[0]!.process.pid;
      const ofClear = trial.lab.clearlySent;
      const base = { organization_id: rest.organization, storage_config_id: id };
      const clear = ofClear.make('a secret that came in clear');
      const bodies: Buffer[] = [
        Buffer.from('{'),
        Buffer.from('null'),
        Buffer.from([0xff, 0x00]),
        Buffer.from(JSON.stringify({ ...base, padding: 'x'.repeat(10_000_000) })),
        Buffer.from(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
        Buffer.from('{}'),
        Buffer.from(JSON.stringify({ pattern: 'evil', data: base })),
        Buffer.from(JSON.stringify({ ...base, secret_key: clear })),
        Buffer.from(
          JSON.stringify({
            ...base,
            idempotency_key: 'k',
            name: 'x',
            provider: 'minio',
            credentials: { secret_key: clear },
          }),
        ),
        Buffer.from(JSON.stringify({ ...base, deep: { er: [{ private_key: clear }] } })),
        Buffer.from(`{"secret_key":"${clear}`),
      ];
      const ids = bodies.map(() => randomUUID());
      for (const [index, raw] of bodies.entries()) {
        await ask(system, {
          exchange: EXCHANGES.commands,
          key: index % 2 ? 'storage.create' : 'storage.test',
          raw,
          properties: { messageId: ids[index], replyTo: undefined, headers: { schema: 'storage.test/1' } },
        }).catch(() => null);
      }
      const parked = await trial.lab.within(15, async () => {
        const letters = await listDeadLetters(system.workerAmqpUrl, { limit: 10_000 });
        return ids.every((each) => letters.some((letter) => letter.id === each));
      });
      trial.require(parked, 'each is among the dead letters');
      const connection = await amqp.connect(system.broker.url);
      const channel = await connection.createChannel();
      let letters = 0;
      for (let letter = await channel.get(QUEUES.deadLetters); letter; letter = await channel.get(QUEUES.deadLetters)) {
        letters++;
        const hits = ofClear.in(Buffer.concat([letter.content, Buffer.from(JSON.stringify(letter.properties))]));
        trial.require(hits.length === 0, `no dead letter holds the secret: ${hits.join()}`);
      }
      await connection.close();
      trial.require(
        (await system.workers[0]!.process.pid) === worker && system.workers[0]!.process.running,
        'the worker is the same process',
      );
      const healthy = contentOf(await ask(system, { body: question(rest.organization) }));
      trial.require(healthy?.ok === true, 'and answers');
      trial.saw(`${bodies.length} parked (${letters} letters looked at), worker alive`);
    },
  },
];
