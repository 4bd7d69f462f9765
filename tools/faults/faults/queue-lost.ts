import { setTimeout as sleep } from 'node:timers/promises';
import { QUEUES } from '@stowage/contracts';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';

export const queueLost: Fault = {
  name: 'queue-lost',
  title: 'queues are deleted under their consumers, and a connection is closed by the broker',
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    await commands.sendCreates(10, organizations);
    await experiment.settled();
    // Empty now: what is deleted here holds no message.
    await lab.brokerCtl('delete_queue', QUEUES.rpc);
    await lab.brokerCtl('delete_queue', QUEUES.gateway);
    const deletedAt = Date.now();
    await waitFor('The queues are served again', 20, async () => {
      const queues = await lab.brokerCtl('-q', 'list_queues', 'name', 'consumers');
      return [QUEUES.rpc, QUEUES.gateway].every((name) => new RegExp(`^${name}\\s+[1-9]`, 'm').test(queues));
    });
    experiment.timed('served again within', Date.now() - deletedAt);
    await experiment.makeStorage();
    commands.stream(20, organizations);
    await sleep(1000);
    await lab.brokerCtl('close_all_user_connections', 'storage-worker', 'maintenance');
    const closedAt = Date.now();
    const after = await commands.sendCreates(1, organizations);
    experiment.timed('first new command done after', Math.max(0, (await experiment.settled(after)) - closedAt));
  },
};
