import { setTimeout as sleep } from 'node:timers/promises';
import type { OutgoingMessage } from '@stowage/messaging';
import type { Attempt, CommandLoad } from '../command-load.js';
import type { Fault } from '../fault.js';

const MOST_START_DELAY_MS = 1000;
const QUIET_COMMANDS = 30;
const PATIENCE_MS = 40_000;
const BATCH = 250;

export const flood: Fault = {
  name: 'flood',
  title: '10 000 commands of one organization; another sends one a second and must not notice',
  short: true,
  async provoke(experiment) {
    const { lab, commands, random } = experiment;
    const [loud, quiet] = experiment.organizations as [string, string];
    // Of storages that do not exist, so that none of them is coalesced with another; what is not begun in time expires.
    const messages = Array.from({ length: experiment.count(10_000) }, () => {
      const message = commands.testMessage(loud, random.uuid());
      return { ...message, headers: { ...message.headers, deadline: Date.now() + PATIENCE_MS } };
    });
    const began = Date.now();
    const flooding = sendInBatches(commands, messages).then(() => Date.now() - began);
    const calls: Attempt[] = [];
    for (let call = 1; call <= QUIET_COMMANDS; call++) {
      calls.push(...(await experiment.otherCommands.sendCreates(1, [quiet])));
      await sleep(500);
    }
    experiment.timed(`flood of ${messages.length} confirmed in`, await flooding);
    await experiment.settled();
    const rows = await lab.rows<{ message_id: string; started_at: Date }>(
      'SELECT message_id, started_at FROM storage_operations WHERE message_id = ANY($1::uuid[])',
      [calls.map(({ id }) => id)],
    );
    const startedAt = new Map(rows.map((row) => [row.message_id, row.started_at.getTime()]));
    const delays = calls.map(({ id, sentAt }) => startedAt.get(id)! - sentAt).sort((a, b) => a - b);
    const worst = delays.at(-1)!;
    experiment.timed('quiet one begun after at most', Math.max(0, worst));
    experiment.require(worst < MOST_START_DELAY_MS, `the quiet organization's commands begin within 1 s: ${worst} ms`);
  },
};

/** So that the sender's own work does not hold up the quiet one, which shares its process. */
async function sendInBatches(commands: CommandLoad, messages: OutgoingMessage[]): Promise<void> {
  for (let start = 0; start < messages.length; start += BATCH) {
    await commands.sendAll(messages.slice(start, start + BATCH));
  }
}
