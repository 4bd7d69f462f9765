import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

const RESTARTS = 3;
/** Two cores make some sixty storages a second. */
const CREATES = 0.2;
/** Of one process, a minute. */
const MOST_LINES = 20;

export const brokerRestarted: Fault = {
  name: 'broker-restarted',
  title: 'the broker is stopped and started in an orderly way, three times in a row, while commands come',
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const processes = [...lab.workers, ...lab.gateways];
    const linesBefore = processes.map(linesOf);
    const began = Date.now();
    commands.stream(100, organizations, CREATES);
    for (let restart = 1; restart <= RESTARTS; restart++) {
      await sleep(random.between(500, 1500));
      await lab.stopBroker();
      await lab.startBroker();
      const openAt = Date.now();
      await lab.ready();
      experiment.timed('ready after the port opened', Date.now() - openAt);
    }
    await commands.endStream();
    const most = Math.max(...processes.map((each, i) => linesOf(each) - linesBefore[i]!));
    experiment.figures.push(`${most} log lines of one process`);
    const minutes = Math.max(1, (Date.now() - began) / 60_000);
    experiment.require(most < minutes * MOST_LINES, `fewer than ${MOST_LINES} log lines a minute: ${most}`);
    experiment.require(
      processes.every(({ process }) => process.running),
      'no process has ended',
    );
  },
};

const linesOf = ({ process }: { process: { log: string } }): number => process.log.split('\n').length;
