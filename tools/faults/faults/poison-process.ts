import { setTimeout as sleep } from 'node:timers/promises';
import { EXCHANGES } from '@stowage/contracts';
import { AmqpBroker, redriveDeadLetters } from '@stowage/messaging';
import type { SystemProcess } from '../../system/index.js';
import { startAmqpProxy } from '../../servers/amqp-proxy.js';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';
import { onlyThrough, through } from './only-through.js';

/** The queue gives a message up after ten deliveries that nobody acknowledged; each takes the start of a worker. */
const GIVEN_UP_SECONDS = 180;

export const poisonProcess: Fault = {
  name: 'poison-process',
  title: 'a command that ends each process that reads it, among good ones',
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations, organization, random } = experiment;
    const id = random.uuid();
    let deliveries = 0;
    const proxy = await startAmqpProxy(lab.system.broker.port, {
      toClient(frame, { role, pid }) {
        if (role !== 'consume' || pid === null || !frame.raw.includes(id)) return [frame];
        deliveries++;
        process.kill(pid, 'SIGKILL');
        return [];
      },
    });
    const broker = new AmqpBroker({ url: lab.system.serviceAmqpUrl, name: 'backup-service' });
    const isDead = async (): Promise<boolean> => (await experiment.deadLetterReasons()).has(id);
    let worker: SystemProcess | null = await onlyThrough(lab, proxy);
    try {
      const good = commands.sendCreates(experiment.count(200), organizations);
      const { message_id: _replaced, ...poison } = await commands.createMessage(organization);
      await broker.publish({ ...poison, exchange: EXCHANGES.commands, message_id: id });
      await good;
      await waitFor('The poison is given up', GIVEN_UP_SECONDS, async () => {
        // It may be killed before it is ready.
        if (!worker?.process.running) worker = await through(lab, proxy).catch(() => null);
        await sleep(100);
        return isDead();
      });
      const dead = await experiment.deadLetterReasons();
      const innocents = [...dead.keys()].filter((each) => each !== id);
      experiment.figures.push(`read ${deliveries} times, then a dead letter (${dead.get(id)})`);
      experiment.figures.push(`${innocents.length} others with it, redriven`);
      if (innocents.length > 0) await redriveDeadLetters(lab.system.workerAmqpUrl, { ids: innocents });
      await lab.heal();
      await experiment.settled();
    } finally {
      await broker.close();
      await worker?.process.stop();
      await proxy.stop();
    }
  },
};
