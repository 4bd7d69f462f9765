import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';

/** Leases run for 15 s and are looked after every 5 s; the test that was begun anew takes its own time. */
const TAKE_OVER_MS = 30_000;
const SLOW_STORAGE = { latencyMs: 150, sliceBytes: 0 };
const KILLS = 10;
const PER_SECOND = 40;
const BETWEEN_KILLS_MS = 2000;
const START_SECONDS = 30;

export const workerKilled: Fault = {
  name: 'worker-killed',
  title: 'SIGKILL to a worker with commands in its hands, every 2 s, ten times; a new one takes its place',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const storages = await Promise.all(organizations.map((organization) => experiment.makeStorage(organization)));
    lab.wayToStorage.weather = SLOW_STORAGE;
    commands.stream(PER_SECOND, organizations);
    const kills = experiment.count(KILLS);
    let killedAt = 0;
    const starting: Promise<unknown>[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      await commands.sendAll(storages.map(({ id }, i) => commands.testMessage(organizations[i]!, id)));
      await sleep(random.between(100, 800));
      const worker = await waitFor(
        'A worker runs',
        START_SECONDS,
        () => lab.workers.length > 0 && random.pick(lab.workers),
      );
      killedAt = Date.now();
      await lab.killWorker(worker);
      starting.push(lab.system.startWorker());
      await sleep(Math.max(0, BETWEEN_KILLS_MS - (Date.now() - killedAt)));
    }
    await Promise.all(starting);
    await commands.endStream();
    experiment.figures.push(`${kills} kills`);
    experiment.timely('after the last one all done in', (await experiment.settled()) - killedAt, TAKE_OVER_MS);
  },
};
