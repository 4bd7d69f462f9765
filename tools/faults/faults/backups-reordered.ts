import { type BackupEventName, EXCHANGES, schemaOf } from '@stowage/contracts';
import { AmqpBroker, type OutgoingMessage } from '@stowage/messaging';
import type { Experiment } from '../experiment.js';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';

/** What must stand in the ledger when every event has come, in whatever order. */
interface Story {
  backupId: string;
  state: 'completed' | 'failed' | 'deleted';
  sizeBytes: number;
  events: OutgoingMessage[];
}

export const backupsReordered: Fault = {
  name: 'backups-reordered',
  title: 'the events of many backups shuffled, and a third of them sent twice',
  short: true,
  async provoke(experiment) {
    const { lab, random } = experiment;
    const storage = await experiment.makeStorage();
    const stories = Array.from({ length: experiment.count(250) }, () => tell(experiment, storage.id));
    const events = stories.flatMap((story) => story.events);
    const repeated = events.filter(() => random.next() < 1 / 3);
    const broker = new AmqpBroker({ url: lab.system.serviceAmqpUrl, name: 'backup-service' });
    try {
      const messages = random.shuffled([...events, ...repeated]);
      await Promise.all(messages.map((message) => broker.publish(message)));
    } finally {
      await broker.close();
    }
    const completed = stories.filter(({ state }) => state === 'completed');
    const size = completed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    experiment.figures.push(`${events.length + repeated.length} events of ${stories.length} backups`);
    await waitFor('The sums are those of the newest events', 60, async () => {
      const [sums] = await lab.rows<{ size: string; count: number }>(
        'SELECT total_size_bytes AS size, object_count AS count FROM storage_configs WHERE id = $1',
        [storage.id],
      );
      return (
        Number(sums?.size) === size && sums?.count === completed.length && (await standsAsTold(experiment, stories))
      );
    });
  },
};

async function standsAsTold({ lab, organization }: Experiment, stories: Story[]): Promise<boolean> {
  const rows = await lab.rows<{ id: string; state: string }>(
    'SELECT id, state FROM backups WHERE organization_id = $1',
    [organization],
  );
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  return rows.length === stories.length && stories.every(({ backupId, state }) => states.get(backupId) === state);
}

function tell({ random, organization }: Experiment, storageConfigId: string): Story {
  const backupId = random.uuid();
  const state = random.pick(['completed', 'failed', 'deleted'] as const);
  const sizeBytes = random.between(1, 1_000_000);
  const at = new Date().toISOString();
  let sequence = 0;
  const event = (name: BackupEventName, data: object): OutgoingMessage => ({
    exchange: EXCHANGES.backupEvents,
    routing_key: name,
    message_id: random.uuid(),
    headers: { schema: schemaOf(name), 'organization-id': organization },
    data: {
      organization_id: organization,
      backup_id: backupId,
      storage_config_id: storageConfigId,
      environment_id: null,
      sequence: ++sequence,
      ...data,
    },
  });
  const events = [event('backup.started', { started_at: at })];
  if (state === 'failed') events.push(event('backup.failed', { failed_at: at, reason: 'The disk was full.' }));
  else {
    events.push(event('backup.completed', { size_bytes: sizeBytes, objects: [`${backupId}/dump`], completed_at: at }));
  }
  if (state === 'deleted') events.push(event('backup.deleted', { deleted_at: at }));
  return { backupId, state, sizeBytes, events };
}
