import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import amqp from 'amqplib';
import { EXCHANGES, schemaOf } from '@stowage/contracts';
import type { SystemProcess } from '../../system/index.js';
import { type Connection, type Frame, METHODS, startAmqpProxy } from '../../servers/amqp-proxy.js';
import type { Experiment } from '../experiment.js';
import type { Fault } from '../fault.js';
import { onlyThrough, through } from './only-through.js';
import { waitFor } from '../wait-for.js';

const MESSAGES = 500;
const CRASHES = 3;
const CRASH_SECONDS = 30;
const PAUSE_MS = 500;

/** Whether this frame is the one that must not arrive. */
type Fatal = (frame: Frame, connection: Connection) => boolean;

export const crashBeforeAck: Fault = {
  name: 'crash-before-ack',
  title: 'a worker dies when its commands are committed and not acknowledged: its first acknowledgement is swallowed',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    await crashes(experiment, { toServer: isAckOfCommand }, async (count) => {
      await commands.sendCreates(count, organizations);
    });
    await lab.heal();
    await experiment.settled();
  },
};

export const crashBeforeSent: Fault = {
  name: 'crash-before-sent',
  title: 'a worker dies when its events are published and not marked as sent: the first confirm is swallowed',
  // A lease has to run out first, as with the one above.
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    // Alone, as one worker publishes for all.
    await crashes(experiment, { toClient: isConfirm, start: onlyThrough }, async (count) => {
      await commands.sendCreates(count, organizations);
    });
    await lab.heal();
    await experiment.settled();
  },
};

export const crashAfterPark: Fault = {
  name: 'crash-after-park',
  title: 'a worker dies when refused commands are among the dead letters and not acknowledged',
  short: false,
  async provoke(experiment) {
    const { lab, organization } = experiment;
    const ids: string[] = [];
    await crashes(experiment, { toServer: isAckOfCommand }, async (count) => {
      const refused = Array.from({ length: count }, () => experiment.random.uuid());
      ids.push(...refused);
      await sendRefused(lab.system.serviceAmqpUrl, refused, organization);
    });
    await lab.heal();
    const allDead = async (): Promise<boolean> => {
      const dead = await experiment.deadLetterReasons();
      return ids.every((id) => dead.get(id) === 'request.validation');
    };
    await waitFor('Each refused command is a dead letter with its reason', 60, allDead);
    const told = await lab.rows<{ told: number; commands: number }>(
      `SELECT count(DISTINCT message_id)::int AS told, count(DISTINCT correlation_id)::int AS commands
         FROM outbox WHERE correlation_id = ANY($1) AND event = 'storage.command.rejected'`,
      [ids],
    );
    experiment.require(told[0]?.commands === ids.length, 'each refusal is told');
    experiment.require(told[0]?.told === ids.length, 'each refusal is told under one message id');
    experiment.figures.push(`${ids.length} refused, each told once`);
  },
};

const isAckOfCommand: Fatal = (frame, { role }) => role === 'consume' && frame.is(METHODS.ack);
const isConfirm: Fatal = (frame, { role }) => role === 'publish' && frame.is(METHODS.ack);

/** Load comes in parts; in each, a worker of its own meets the fatal frame, which is lost with it. */
async function crashes(
  experiment: Experiment,
  fatal: { toServer?: Fatal; toClient?: Fatal; start?: typeof through },
  load: (count: number) => Promise<void>,
): Promise<void> {
  const { lab } = experiment;
  const times = experiment.count(CRASHES);
  for (let crash = 1; crash <= times; crash++) {
    let worker: SystemProcess | undefined;
    let dying = false;
    const unless = (isFatal: Fatal | undefined) => (frame: Frame, connection: Connection) => {
      if (!dying && worker !== undefined && isFatal?.(frame, connection)) {
        dying = true;
        void worker.process.signal('SIGKILL');
      }
      return dying ? [] : [frame];
    };
    const proxy = await startAmqpProxy(lab.system.broker.port, {
      toServer: unless(fatal.toServer),
      toClient: unless(fatal.toClient),
    });
    try {
      worker = await (fatal.start ?? through)(lab, proxy);
      const { process } = worker;
      // As often as it takes for that very worker to be given something.
      await waitFor('The worker has died', CRASH_SECONDS, async () => {
        if (process.running) await load(experiment.count(MESSAGES / CRASHES));
        await Promise.race([process.exited, sleep(PAUSE_MS)]);
        return !process.running;
      });
    } finally {
      await worker?.process.stop();
      await proxy.stop();
    }
  }
  experiment.figures.push(`${times} crashes`);
}

/** Commands that can only be refused: their storage is not named by a UUID. */
async function sendRefused(url: string, ids: string[], organization: string): Promise<void> {
  const connection = await amqp.connect(url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  const headers = { schema: schemaOf('storage.test'), 'organization-id': organization };
  const body = Buffer.from(JSON.stringify({ organization_id: organization, storage_config_id: randomUUID().slice(1) }));
  for (const messageId of ids) {
    channel.publish(EXCHANGES.commands, 'storage.test', body, {
      messageId,
      headers,
      userId: 'backup',
      persistent: true,
    });
  }
  await channel.waitForConfirms();
  await connection.close();
}
