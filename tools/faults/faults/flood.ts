import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from '../command-load.js';
import type { Fault } from '../fault.js';

const MOST_START_DELAY_MS = 1000;
const QUIET_COMMANDS = 30;
const LEAST_QUIET_COMMANDS = 10;
/** In turn, so that none of them waits for what it has running itself. */
const BETWEEN_MS = 500;

export const flood: Fault = {
  name: 'flood',
  title: '10 000 commands of one organization; three others send now and then, and must not notice',
  short: true,
  async provoke(experiment) {
    const { lab, commands } = experiment;
    const [loud, ...quiet] = experiment.organizations as [string, ...string[]];
    const calls = Math.max(LEAST_QUIET_COMMANDS, experiment.count(QUIET_COMMANDS));
    // Longer than the quiet one is watched, so that the flood lasts; what is left of it then expires.
    const patienceMs = calls * BETWEEN_MS * 1.5;
    const messages = commands.hollowTests(experiment.count(10_000), [loud], patienceMs);
    const began = Date.now();
    const flooding = commands.sendInBatches(messages).then(() => Date.now() - began);
    const sent: Attempt[] = [];
    while (sent.length < calls) {
      sent.push(...(await experiment.otherCommands.sendCreates(1, [quiet[sent.length % quiet.length]!])));
      await sleep(BETWEEN_MS);
    }
    experiment.timed(`flood of ${messages.length} confirmed in`, await flooding);
    await experiment.settled();
    const rows = await lab.rows<{ message_id: string; started_at: Date }>(
      'SELECT message_id, started_at FROM storage_operations WHERE message_id = ANY($1::uuid[])',
      [sent.map(({ id }) => id)],
    );
    const startedAt = new Map(rows.map((row) => [row.message_id, row.started_at.getTime()]));
    const delays = sent.map(({ id, sentAt }) => startedAt.get(id)! - sentAt).sort((a, b) => a - b);
    const worst = delays.at(-1)!;
    experiment.timely('quiet ones begun after', worst, MOST_START_DELAY_MS);
  },
};
