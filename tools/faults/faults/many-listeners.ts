import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';

const LISTENERS = 1000;
const COMMANDS = 100;
const COME_BACK_SECONDS = 30;
const HEAR_SECONDS = 60;

export const manyListeners: Fault = {
  name: 'many-listeners',
  title: 'a thousand listen to /storage-events; their gateway dies, and they come back to another with Last-Event-ID',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    const tokens = await Promise.all(organizations.map((organization) => lab.token(organization)));
    // At any scale: a thousand is the promise.
    const listeners = Array.from({ length: LISTENERS }, (_, i) => {
      const organization = i % organizations.length;
      return new Listener(organizations[organization]!, tokens[organization]!);
    });
    const survivor = lab.gateways[0]!;
    const doomed = await lab.system.startGateway();
    try {
      // A gateway that is asked for more than it can do says 503, and to come again.
      await waitFor('All listen', COME_BACK_SECONDS, () => comeBack(listeners, doomed.url));
      await commands.sendCreates(experiment.count(COMMANDS), organizations);
      await experiment.settled();
      // Each has something to come back with.
      await waitFor('Each listener has heard something', HEAR_SECONDS, () =>
        listeners.every(({ heard }) => heard.length > 0),
      );
      await commands.sendCreates(experiment.count(COMMANDS), organizations);
      await doomed.process.signal('SIGKILL');
      await doomed.process.exited;
      await commands.sendCreates(experiment.count(COMMANDS), organizations);
      const backFrom = Date.now();
      await waitFor('All are back', COME_BACK_SECONDS, () => comeBack(listeners, survivor.url));
      experiment.timed('all back in', Date.now() - backFrom);
      await commands.sendCreates(experiment.count(COMMANDS), organizations);
      await experiment.settled();
      const told = new Map<string, string[]>();
      for (const organization of organizations) {
        const rows = await lab.rows<{ id: string }>(
          'SELECT id FROM outbox WHERE organization_id = $1 ORDER BY transaction_id, id',
          [organization],
        );
        told.set(
          organization,
          rows.map(({ id }) => id),
        );
      }
      const toldAt = Date.now();
      const isWhole = ({ organization, heard }: Listener): boolean => heard.join() === told.get(organization)!.join();
      await waitFor('Each has heard everything', HEAR_SECONDS, () => listeners.every(isWhole)).catch(() => undefined);
      const incomplete = listeners.filter((listener) => !isWhole(listener)).length;
      experiment.require(
        incomplete === 0,
        `each hears every event once and in order: ${incomplete} of ${LISTENERS} did not`,
      );
      experiment.timed('all heard in', Date.now() - toldAt);
      const events = listeners.reduce((sum, { heard }) => sum + heard.length, 0);
      experiment.figures.push(`${LISTENERS} listeners, ${events} events heard`);
    } finally {
      listeners.forEach((listener) => listener.close());
      await doomed.process.stop();
    }
  },
};

async function comeBack(listeners: Listener[], url: string): Promise<boolean> {
  const away = listeners.filter(({ isListening }) => !isListening);
  await Promise.all(away.map((listener) => listener.listenTo(url).catch(() => undefined)));
  if (away.length > 0) await sleep(100);
  return listeners.every(({ isListening }) => isListening);
}

/** A listener as browsers are: it keeps the last id, and names it when it comes back. */
class Listener {
  /** Ids of events, in the order in which they came. */
  readonly heard: string[] = [];
  isListening = false;
  private response: IncomingMessage | undefined;

  constructor(
    readonly organization: string,
    private readonly token: string,
  ) {}

  /** Resolves when the gateway has taken it on. */
  listenTo(gatewayUrl: string): Promise<void> {
    const last = this.heard.at(-1);
    const url = `${gatewayUrl}/api/v1/backups/storage-events?organization_id=${this.organization}`;
    const headers = { authorization: `Bearer ${this.token}`, ...(last !== undefined && { 'last-event-id': last }) };
    return new Promise((resolve, reject) => {
      const request = get(url, { headers, agent: false }, (response) => {
        if (response.statusCode !== 200) {
          response.destroy();
          return reject(new Error(`The gateway answered ${response.statusCode}`));
        }
        this.follow(response);
        resolve();
      });
      request.on('error', reject);
    });
  }

  close(): void {
    this.response?.destroy();
  }

  private follow(response: IncomingMessage): void {
    this.response = response;
    this.isListening = true;
    let waiting = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const lines = (waiting + text).split('\n');
      waiting = lines.pop()!;
      for (const line of lines) if (line.startsWith('id:')) this.heard.push(line.slice(3).trim());
    });
    response.on('error', () => undefined);
    response.on('close', () => (this.isListening = false));
  }
}
