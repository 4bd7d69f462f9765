import type { SystemProcess } from '../../system/index.js';
import type { Laboratory } from '../laboratory.js';
import type { NetworkProxy } from '../network-proxy.js';

/** A single worker, whose way to the broker is the proxy. */
export async function onlyThrough(lab: Laboratory, proxy: NetworkProxy): Promise<SystemProcess> {
  const direct = new URL(lab.system.workerAmqpUrl);
  const url = Object.assign(direct, { port: String(proxy.port) }).href;
  const others = lab.workers;
  const worker = await lab.system.startWorker({ AMQP_URL: url });
  await Promise.all(others.map(({ process }) => process.stop()));
  return worker;
}
