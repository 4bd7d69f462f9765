import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

const RECOVERY_MS = 30_000;
/** A create costs some thirty times what a test of nothing does: twelve thousand of them would take five minutes. */
const CREATES = 1000;
const HOLLOW_TESTS = 11_000;
const PATIENCE_MS = 10_000;

export const brokerKilled: Fault = {
  name: 'broker-killed',
  title: 'SIGKILL to the broker in a flood of 12 000 commands, then its start',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const [quiet, ...loud] = organizations as [string, ...string[]];
    const messages = random.shuffled([
      ...(await commands.createMessages(experiment.count(CREATES), loud)),
      ...commands.hollowTests(experiment.count(HOLLOW_TESTS), loud, PATIENCE_MS),
    ]);
    const flood = commands.sendInBatches(messages);
    await sleep(random.between(200, 1200));
    const confirmed = commands.confirmed.length;
    await lab.killBroker();
    await sleep(random.between(0, 2000));
    await lab.startBroker();
    const openAt = Date.now();
    const after = await commands.sendCreates(1, [quiet]);
    const firstDone = await experiment.settled(after);
    experiment.figures.push(`killed when ${confirmed} were confirmed`);
    experiment.timely('first new command done after the port opened', firstDone - openAt, RECOVERY_MS);
    await flood;
  },
};
