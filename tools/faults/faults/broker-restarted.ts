import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

const MOST_LINES_PER_RESTART = 200;

export const brokerRestarted: Fault = {
  name: 'broker-restarted',
  title: 'the broker is stopped and started in an orderly way, twice, while commands come',
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const survivors = lab.workers.map(({ name }) => name);
    const linesBefore = lab.system.logs().split('\n').length;
    commands.stream(20, organizations);
    for (let restart = 1; restart <= 2; restart++) {
      await sleep(random.between(500, 1500));
      await lab.stopBroker();
      await lab.startBroker();
      const openAt = Date.now();
      await lab.ready();
      experiment.timed('ready after the port opened', Date.now() - openAt);
    }
    await commands.endStream();
    const lines = lab.system.logs().split('\n').length - linesBefore;
    experiment.figures.push(`${lines} log lines`);
    experiment.require(lines < 2 * MOST_LINES_PER_RESTART, 'no storm of log lines');
    experiment.require(
      survivors.every((name) => lab.workers.some((worker) => worker.name === name)),
      'no process has ended',
    );
  },
};
