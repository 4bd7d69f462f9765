import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { EXCHANGES, schemaOf } from '@stowage/contracts';
import { AmqpBroker } from '@stowage/messaging';
import type { System } from '../system/index.js';
import { echoCaller } from './echo-caller.js';
import { contest, line } from './measure.js';

const ECHO_QUEUE = 'bench.echo';
const METHOD = 'storage.default.get';

/** `storage.default.get`, signed and sealed, to the arrival of the reply, against a bare amqplib echo of the same size. */
export async function benchDefaultStorage(system: System, organizationId: string): Promise<string[]> {
  const broker = new AmqpBroker({ url: system.serviceAmqpUrl, name: 'bench' });
  await broker.ready(AbortSignal.timeout(10_000));
  const data = { organization_id: organizationId, recipient: 'backup-service', purpose: 'write', nonce: randomUUID() };
  const ask = () =>
    broker.request(
      {
        exchange: EXCHANGES.rpc,
        routing_key: METHOD,
        headers: { schema: schemaOf(METHOD), 'organization-id': organizationId },
        data,
      },
      { deadline: Date.now() + 10_000 },
    );
  const { body } = await ask();
  const echo = spawn(
    process.execPath,
    [new URL('amqp-echo.js', import.meta.url).pathname, system.broker.url, ECHO_QUEUE, String(body.length)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(echo.stdout, 'data');
  const floor = await echoCaller(system.broker.url, ECHO_QUEUE, Buffer.from(JSON.stringify(data)));
  try {
    const lines = [`storage.default.get against an amqplib echo of ${body.length} bytes (ours / floor)`];
    for (const concurrency of [1, 10, 100]) {
      const result = await contest({ rounds: 4, calls: 500 * Math.min(concurrency, 10), concurrency }, ask, floor.call);
      lines.push(line(`  ${concurrency} callers`, result));
    }
    return lines;
  } finally {
    await floor.close();
    echo.kill();
    await broker.close();
  }
}
