import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

const LOSSES = 10;
const RECOVERY_MS = 5_000;

export const listenLost: Fault = {
  name: 'listen-lost',
  title:
    'the database closes the connections that listen for notifications, again and again: polling takes their place',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    commands.stream(40, organizations);
    let closed = 0;
    for (let loss = 1; loss <= experiment.count(LOSSES); loss++) {
      const rows = await lab.rows(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND pid <> pg_backend_pid()`,
      );
      closed += rows.length;
      await sleep(500);
    }
    await commands.endStream();
    const endedAt = Date.now();
    experiment.figures.push(`${closed} connections closed`);
    experiment.require(closed > 0, 'there were connections that listened');
    experiment.timely('all done after', (await experiment.settled()) - endedAt, RECOVERY_MS);
  },
};
