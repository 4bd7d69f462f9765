import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

/** Leases run for 15 s and are looked after every 5 s; the test that was begun anew takes its own time. */
const TAKE_OVER_MS = 30_000;
const SLOW_STORAGE = { latencyMs: 150, sliceBytes: 0 };

export const workerKilled: Fault = {
  name: 'worker-killed',
  title: 'SIGKILL to a worker with commands in its hands; a new one takes its place',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const storages = await Promise.all(organizations.map((organization) => experiment.makeStorage(organization)));
    lab.wayToStorage.weather = SLOW_STORAGE;
    const tests = storages.map(({ id }, i) => commands.testMessage(organizations[i]!, id));
    commands.stream(20, organizations);
    for (let kill = 1; kill <= Math.min(3, experiment.count(3)); kill++) {
      await commands.sendAll(tests.splice(0, 2));
      await sleep(random.between(100, 800));
      const before = commands.confirmed;
      const killedAt = Date.now();
      await lab.killWorker(random.pick(lab.workers));
      const lastAt = await experiment.settled(before);
      const tookOver = Math.max(0, lastAt - killedAt);
      experiment.timed('taken over in', tookOver);
      experiment.require(tookOver < TAKE_OVER_MS, 'what it held is done by another within 30 s');
      await lab.system.startWorker();
    }
  },
};
