import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const deadlinePassed: Fault = {
  name: 'deadline-passed',
  title: 'commands whose deadline passes before they can begin: said to be expired, never run late',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const workers = lab.workers;
    for (const { process } of workers) await process.signal('SIGSTOP');
    const late = await Promise.all(
      Array.from({ length: experiment.count(100) }, async () => {
        const message = await commands.createMessage(random.pick(organizations));
        return { ...message, headers: { ...message.headers, deadline: Date.now() + 1500 } };
      }),
    );
    try {
      await commands.sendAll(late);
      await sleep(2000);
    } finally {
      for (const { process } of workers) await process.signal('SIGCONT');
    }
    const inTime = await commands.sendCreates(experiment.count(50), organizations);
    await experiment.settled();
    const status = new Map((await experiment.operations()).map((row) => [row.message_id, row.status]));
    experiment.require(
      late.every(({ message_id }) => status.get(message_id!) === 'expired'),
      'every one whose deadline has passed is expired',
    );
    experiment.require(
      inTime.every(({ id }) => status.get(id) === 'succeeded'),
      'every one without a deadline is done',
    );
    experiment.figures.push(`${late.length} expired`);
  },
};
