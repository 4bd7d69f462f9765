import type { SystemProcess } from '../../system/index.js';
import type { Laboratory } from '../laboratory.js';
import type { NetworkProxy } from '../../servers/network-proxy.js';

/** One more worker, whose way to the broker is the proxy. */
export function through(lab: Laboratory, proxy: NetworkProxy): Promise<SystemProcess> {
  const url = Object.assign(new URL(lab.system.workerAmqpUrl), { port: String(proxy.port) });
  return lab.system.startWorker({ AMQP_URL: url.href });
}

/** A single worker, whose way to the broker is the proxy. */
export async function onlyThrough(lab: Laboratory, proxy: NetworkProxy): Promise<SystemProcess> {
  const others = lab.workers;
  const worker = await through(lab, proxy);
  await Promise.all(others.map(({ process }) => process.stop()));
  return worker;
}
