import { EXCHANGES, QUEUES, schemaOf } from '@stowage/contracts';
import { AmqpBroker } from '@stowage/messaging';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';

export const poison: Fault = {
  name: 'poison',
  title: 'a report that the database could never take, among good ones',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, organization, random } = experiment;
    const storage = await experiment.makeStorage();
    const id = random.uuid();
    const broker = new AmqpBroker({ url: lab.system.serviceAmqpUrl, name: 'backup-service' });
    try {
      await broker.publish({
        exchange: EXCHANGES.backupEvents,
        routing_key: 'backup.completed',
        message_id: id,
        headers: { schema: schemaOf('backup.completed'), 'organization-id': organization },
        data: {
          organization_id: organization,
          backup_id: random.uuid(),
          storage_config_id: storage.id,
          environment_id: null,
          sequence: 1,
          size_bytes: 1,
          // PostgreSQL stores no NUL in a text.
          objects: ['dump\u0000.gz'],
          completed_at: new Date().toISOString(),
        },
      });
    } finally {
      await broker.close();
    }
    const began = Date.now();
    await commands.sendCreates(experiment.count(999), organizations);
    experiment.timed('all good ones done in', (await experiment.settled()) - began);
    const reason = await waitFor('The poison is among the dead letters', 20, async () =>
      (await experiment.deadLetterReasons()).get(id),
    );
    experiment.figures.push(`dead letter: ${reason}`);
    // It is acknowledged a moment after it is among the dead letters.
    await waitFor('Nothing else is held up', 5, async () => {
      const depth = await lab.brokerCtl('-q', 'list_queues', 'name', 'messages');
      return new RegExp(`${QUEUES.backupEvents}\\s+0`).test(depth);
    });
  },
};
