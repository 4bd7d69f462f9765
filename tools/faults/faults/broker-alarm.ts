import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment } from '../experiment.js';
import type { Fault } from '../fault.js';
import { allRefused, People } from './rest-away.js';

const AT_ONCE_MS = 1000;
const RECOVERY_MS = 10_000;

/** As `tools/servers/rabbitmq.ts` sets them. */
const NORMAL = { memory: '1GB', disk: '50MB' };

export const brokerAlarm: Fault = {
  name: 'broker-alarm',
  title: 'the broker is short of memory, then of disk: it takes nothing from those who publish',
  short: false,
  async provoke(experiment) {
    const { lab } = experiment;
    const people = new People(experiment);
    await people.tryOnce(1);
    await under(experiment, people, 'memory', (limit) =>
      lab.brokerCtl('set_vm_memory_high_watermark', 'absolute', limit),
    );
    await under(experiment, people, 'disk', (limit) => lab.brokerCtl('set_disk_free_limit', limit));
    await people.comeAgain();
  },
};

async function under(
  experiment: Experiment,
  people: People,
  what: keyof typeof NORMAL,
  setLimit: (limit: string) => Promise<unknown>,
): Promise<void> {
  const { lab, commands, organizations } = experiment;
  await commands.sendCreates(experiment.count(50), organizations.slice(1));
  await setLimit(what === 'memory' ? '1' : '1000000GB');
  try {
    commands.stream(20, organizations.slice(1));
    // The broker tells a connection when that publishes next.
    await sleep(2000);
    await people.tryOnce(1);
    await allRefused(experiment, people, AT_ONCE_MS);
    await sleep(1000);
  } finally {
    await setLimit(NORMAL[what]);
  }
  const liftedAt = Date.now();
  await lab.ready();
  await commands.endStream();
  experiment.timely(`${what}: all done after`, (await experiment.settled()) - liftedAt, RECOVERY_MS);
}
