import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';

const SLOW_STORAGE = { latencyMs: 300, sliceBytes: 0 };
/** The broker gives up a silent connection after three heartbeats of 10 s, and then delivers again what it held. */
const TAKE_OVER_MS = 50_000;

export const workerFrozen: Fault = {
  name: 'worker-frozen',
  title: 'SIGSTOP to a worker in the midst of commands, SIGCONT when another has done them: its late result is refused',
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    const storages = await Promise.all(organizations.map((organization) => experiment.makeStorage(organization)));
    lab.wayToStorage.weather = SLOW_STORAGE;
    const tests = await commands.sendAll(storages.map(({ id }, i) => commands.testMessage(organizations[i]!, id)));
    const ids = tests.map(({ id }) => id);
    await waitFor('A test is being made', 20, async () => {
      const [running] = await lab.rows<{ count: number }>(
        `SELECT count(*)::int AS count FROM storage_operations WHERE message_id = ANY($1::uuid[]) AND status = 'running'`,
        [ids],
      );
      return running!.count > 0;
    });
    const zombies = lab.workers;
    const standIn = await lab.system.startWorker();
    for (const { process } of zombies) await process.signal('SIGSTOP');
    const frozenAt = Date.now();
    try {
      commands.stream(10, organizations);
      lab.wayToStorage.weather = { latencyMs: 0, sliceBytes: 0 };
      const lastAt = await experiment.settled(tests);
      experiment.timely('taken over in', lastAt - frozenAt, TAKE_OVER_MS);
    } finally {
      for (const { process } of zombies) await process.signal('SIGCONT');
    }
    const [again] = await lab.rows<{ count: number }>(
      'SELECT count(*)::int AS count FROM storage_operations WHERE message_id = ANY($1::uuid[]) AND fence > 1',
      [ids],
    );
    experiment.figures.push(`${again!.count} fenced`);
    await commands.endStream();
    await experiment.settled();
    // The awakened finish what they think is theirs.
    await sleep(3000);
    await standIn.process.stop();
  },
};
