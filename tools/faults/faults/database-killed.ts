import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

const RECOVERY_MS = 5_000;
/** Two cores make some sixty storages a second. */
const CREATES = 0.2;

export const databaseKilled: Fault = {
  name: 'database-killed',
  title: 'SIGKILL to PostgreSQL while commands come, its start some seconds later',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    commands.stream(100, organizations, CREATES);
    await sleep(random.between(500, 1500));
    await lab.killDatabase();
    await sleep(random.between(1000, 4000));
    await lab.startDatabase();
    const upAt = Date.now();
    const after = await commands.sendCreates(1, organizations);
    const firstDone = await experiment.settled(after);
    experiment.timely('first new command done after it was up', firstDone - upAt, RECOVERY_MS);
  },
};
