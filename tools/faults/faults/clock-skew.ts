import type { Fault } from '../fault.js';

const SKEW_MS = 60_000;
const PATIENCE_MS = 120_000;
const IMPATIENCE_MS = 30_000;

export const clockSkew: Fault = {
  name: 'clock-skew',
  title:
    'the clocks of senders are a minute ahead, and a minute behind: a deadline is dropped by none but the one that passed',
  short: true,
  async provoke(experiment) {
    const { commands, organizations, random } = experiment;
    const message = async (skewMs: number, patienceMs: number) => {
      const now = Date.now() + skewMs;
      const made = await commands.createMessage(random.pick(organizations));
      const headers = { ...made.headers, deadline: now + patienceMs };
      return { ...made, timestamp: Math.floor(now / 1000), headers };
    };
    const many = (skewMs: number, patienceMs: number) =>
      Promise.all(Array.from({ length: experiment.count(50) }, () => message(skewMs, patienceMs)));
    const inTime = [
      ...(await many(SKEW_MS, IMPATIENCE_MS)),
      ...(await many(SKEW_MS, PATIENCE_MS)),
      ...(await many(-SKEW_MS, PATIENCE_MS)),
    ];
    const passed = await many(-SKEW_MS, IMPATIENCE_MS);
    await commands.sendAll(random.shuffled([...inTime, ...passed]));
    await experiment.settled();
    const status = new Map((await experiment.operations()).map((row) => [row.message_id, row.status]));
    const all = (messages: typeof passed, wanted: string): boolean =>
      messages.every(({ message_id }) => status.get(message_id!) === wanted);
    experiment.require(all(inTime, 'succeeded'), 'every one whose deadline is to come is done');
    experiment.require(all(passed, 'expired'), 'every one whose deadline has passed is said to be expired');
    experiment.figures.push(`${inTime.length} done, ${passed.length} expired`);
  },
};
