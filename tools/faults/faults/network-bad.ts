import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { FAIR, NetworkProxy } from '../../servers/network-proxy.js';
import { onlyThrough } from './only-through.js';

export const networkBad: Fault = {
  name: 'network-bad',
  title: 'connections to the broker are reset, cut into single bytes, and slowed by half a second each way',
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const proxy = await NetworkProxy.start(lab.system.broker.port);
    const worker = await onlyThrough(lab, proxy);
    try {
      commands.stream(20, organizations);
      for (let reset = 1; reset <= 5; reset++) {
        await sleep(random.between(300, 1500));
        proxy.reset();
      }
      proxy.weather = { latencyMs: 0, sliceBytes: 1 };
      await sleep(4000);
      proxy.weather = { latencyMs: 500, sliceBytes: 0 };
      await sleep(6000);
      proxy.weather = FAIR;
      await commands.endStream();
      const fairAt = Date.now();
      experiment.timed('all done after', Math.max(0, (await experiment.settled()) - fairAt));
    } finally {
      await worker.process.stop();
      await proxy.stop();
    }
  },
};
