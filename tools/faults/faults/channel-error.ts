import { METHODS, startAmqpProxy } from '../../servers/amqp-proxy.js';
import type { Experiment } from '../experiment.js';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';
import { onlyThrough } from './only-through.js';

const REBUILT_MS = 1000;
const TROUBLE_SECONDS = 20;
/** One that the worker may write to and that does not exist. */
const MISSING_EXCHANGE = 'storage.retry.missing';

export const channelError: Fault = {
  name: 'channel-error',
  title: 'the broker closes a channel: a message was acknowledged twice, an exchange that was published to is missing',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    const trouble = {
      ackTwice: false,
      publishAway: false,
      closedAt: 0,
      rebuiltAt: 0,
      opened: 0,
      closes: [] as string[],
    };
    const proxy = await startAmqpProxy(lab.system.broker.port, {
      toServer(frame, { role }) {
        if (frame.is(METHODS.open)) trouble.opened++;
        if (frame.is(METHODS.connectionClose)) trouble.closes.push(`worker: ${frame.payload.toString('latin1')}`);
        if (trouble.ackTwice && role === 'consume' && frame.is(METHODS.ack)) {
          trouble.ackTwice = false;
          return [frame, frame];
        }
        if (trouble.publishAway && role === 'publish' && frame.is(METHODS.publish)) {
          trouble.publishAway = false;
          return [frame.to(MISSING_EXCHANGE)];
        }
        return [frame];
      },
      toClient(frame, { role }) {
        if (frame.is(METHODS.connectionClose)) trouble.closes.push(`broker: ${frame.payload.toString('latin1')}`);
        if (frame.is(METHODS.channelClose)) Object.assign(trouble, { closedAt: Date.now(), rebuiltAt: 0 });
        else if (trouble.rebuiltAt === 0 && isWorking(role, frame)) trouble.rebuiltAt = Date.now();
        return [frame];
      },
    });
    const worker = await onlyThrough(lab, proxy);
    try {
      await commands.sendCreates(experiment.count(50), organizations);
      const { opened } = trouble;
      for (const kind of ['ackTwice', 'publishAway'] as const) {
        Object.assign(trouble, { [kind]: true, closedAt: 0 });
        await closedAndRebuilt(experiment, trouble);
        experiment.timely(`${kind}: works again after`, trouble.rebuiltAt - trouble.closedAt, REBUILT_MS);
      }
      await commands.sendCreates(experiment.count(50), organizations);
      await experiment.settled();
      experiment.require(trouble.opened === opened, `only the channel is rebuilt: ${trouble.closes.join()}`);
      experiment.require(worker.process.running, 'the worker has not ended');
    } finally {
      await worker.process.stop();
      await proxy.stop();
    }
  },
};

async function closedAndRebuilt(
  { commands, organizations }: Experiment,
  trouble: { closedAt: number; rebuiltAt: number },
): Promise<void> {
  await waitFor('A channel was closed and is used again', TROUBLE_SECONDS, async () => {
    await commands.sendCreates(5, organizations);
    return trouble.closedAt > 0 && trouble.rebuiltAt > 0;
  });
}

function isWorking(
  role: string | null,
  frame: { is(method: (typeof METHODS)['ack' | 'consumeOk']): boolean },
): boolean {
  return (role === 'publish' && frame.is(METHODS.ack)) || (role === 'consume' && frame.is(METHODS.consumeOk));
}
