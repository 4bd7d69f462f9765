import { randomUUID } from 'node:crypto';
import { connectStowage } from '@stowage/client';
import { EXCHANGES, schemaOf } from '@stowage/contracts';
import { bareCaller } from './bare-caller.js';
import { startBare } from './bare-process.js';
import type { Bench } from './bench.js';
import { contest, line, measure } from './measure.js';

const METHOD = 'storage.default.get';
const ECHO = 'bench.echo';
const SIGNED_ECHO = 'bench.echo.signed';
const WARM_UP = 10_000;

/**
 * `storage.default.get` from the cache, signed and sealed, to the arrival of the reply, against a bare amqplib echo of the
 * same size: one bare caller asks both the very same question, so only who answers differs. Beside it, that echo with a
 * signature for each answer, below which no signed answer can come; and what a service gets: through the client library,
 * verified and opened.
 */
export const defaultStorage: Bench = {
  name: 'default-storage',
  async run({ system, organizationId }) {
    const caller = await bareCaller(system.serviceAmqpUrl, EXCHANGES.rpc);
    const client = connectStowage({
      amqpUrl: system.serviceAmqpUrl,
      service: 'backup-service',
      privateKeys: system.secrets.serviceKeys,
      workerKeys: system.secrets.workerPublicKeys.keys,
    });
    const question = Buffer.from(
      JSON.stringify({
        organization_id: organizationId,
        recipient: 'backup-service',
        purpose: 'write',
        nonce: randomUUID(),
      }),
    );
    const headers = { schema: schemaOf(METHOD), 'organization-id': organizationId };
    const ask = (routingKey: string) => (): Promise<Buffer> => caller.call(routingKey, question, headers);
    await client.getDefaultStorage(organizationId);
    const { length } = await ask(METHOD)();
    const echo = (key: string, ...signed: string[]) =>
      startBare('amqp-echo.js', system.broker.url, key, EXCHANGES.rpc, key, String(length), ...signed);
    const echoes = await Promise.all([echo(ECHO), echo(SIGNED_ECHO, 'signed')]);
    try {
      // A worker of a day has been compiled by V8 long since; that of a minute would tell of the compiler.
      for (const key of [METHOD, ECHO, SIGNED_ECHO]) await measure(WARM_UP, 10, ask(key));
      const lines = [`${METHOD} against an amqplib echo of ${length} bytes (ours / floor)`];
      for (const concurrency of [1, 10, 100]) {
        const load = { rounds: 5, calls: 400 * Math.min(concurrency, 10), concurrency };
        lines.push(line(`  ${concurrency} callers, to the reply`, await contest(load, ask(METHOD), ask(ECHO))));
        lines.push(line(`  ${concurrency} callers, a signed echo`, await contest(load, ask(SIGNED_ECHO), ask(ECHO))));
        const opened = await contest(load, () => client.getDefaultStorage(organizationId), ask(ECHO));
        lines.push(line(`  ${concurrency} callers, verified and opened by the client`, opened));
      }
      return lines;
    } finally {
      for (const { stop } of echoes) stop();
      await Promise.all([caller.close(), client.close()]);
    }
  },
};
