import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { NetworkProxy } from '../../servers/network-proxy.js';
import { waitFor } from '../wait-for.js';
import { onlyThrough } from './only-through.js';

/** Three heartbeats of 10 s, and some to come back. */
const NOTICE_SECONDS = 45;

export const networkHalfOpen: Fault = {
  name: 'network-half-open',
  title: 'the network between worker and broker swallows everything without closing anything',
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    const proxy = await NetworkProxy.start(lab.system.broker.port);
    const worker = await onlyThrough(lab, proxy);
    try {
      commands.stream(10, organizations);
      await sleep(1000);
      proxy.freeze();
      const frozenAt = Date.now();
      await waitFor('The worker notices', NOTICE_SECONDS, async () => !(await isReady(worker.url)));
      experiment.timed('noticed in', Date.now() - frozenAt);
      proxy.thaw();
      const thawedAt = Date.now();
      const after = await commands.sendCreates(1, organizations);
      experiment.timed('first new command done after', Math.max(0, (await experiment.settled(after)) - thawedAt));
      await commands.endStream();
      await experiment.settled();
    } finally {
      await worker.process.stop();
      await proxy.stop();
    }
  },
};

const isReady = async (url: string): Promise<boolean> =>
  (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) })).ok;
