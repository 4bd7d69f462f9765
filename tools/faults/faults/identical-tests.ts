import type { Fault } from '../fault.js';

export const identicalTests: Fault = {
  name: 'identical-tests',
  title: '10 000 tests of the same storage at once: one runs, one waits, all have an outcome',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organization } = experiment;
    const storage = await experiment.makeStorage();
    lab.wayToStorage.weather = { latencyMs: 50, sliceBytes: 0 };
    const count = experiment.count(10_000);
    const began = Date.now();
    await commands.sendAll(Array.from({ length: count }, () => commands.testMessage(organization, storage.id)));
    experiment.timed(`${count} tests settled in`, (await experiment.settled()) - began);
    const operations = await experiment.operations();
    const run = operations.filter(({ status }) => status === 'succeeded').length;
    experiment.figures.push(`${run} run`);
    experiment.require(run <= Math.max(10, count / 50), `next to all of them are coalesced: ${run} of ${count} ran`);
  },
};
