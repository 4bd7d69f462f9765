import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

const RECOVERY_MS = 30_000;

export const brokerKilled: Fault = {
  name: 'broker-killed',
  title: 'SIGKILL to the broker in a flood of confirmed commands, then its start',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const flood = commands.sendCreates(experiment.count(2000), organizations);
    await sleep(random.between(200, 1200));
    await lab.killBroker();
    await sleep(random.between(0, 2000));
    await lab.startBroker();
    const openAt = Date.now();
    const after = await commands.sendCreates(1, organizations);
    const firstDone = await experiment.settled(after);
    experiment.timed('first new command done after the port opened', Math.max(0, firstDone - openAt));
    experiment.require(firstDone - openAt < RECOVERY_MS, 'commands are done again within 30 s of the port');
    await flood;
  },
};
