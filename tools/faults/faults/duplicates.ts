import type { Fault } from '../fault.js';

const COPIES = 5;

export const duplicates: Fault = {
  name: 'duplicates',
  title: 'each command delivered five times, at the same time, with the same id',
  short: true,
  async provoke(experiment) {
    const { commands, organizations, random } = experiment;
    const messages = await Promise.all(
      Array.from({ length: experiment.count(200) }, () => commands.createMessage(random.pick(organizations))),
    );
    const copies = random.shuffled(Array.from({ length: COPIES }, () => messages).flat());
    const began = Date.now();
    await commands.sendAll(copies);
    experiment.timed('all done in', (await experiment.settled()) - began);
  },
};
