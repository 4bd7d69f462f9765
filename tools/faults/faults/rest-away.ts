import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment } from '../experiment.js';
import type { Fault } from '../fault.js';

const AT_ONCE_MS = 1000;
/** rest.md gives a write 5 s; some is for the way. */
const WRITE_DEADLINE_MS = 5500;
const RECOVERY_MS = 15_000;

/** People who create storages, each with a key of their own, and come again with the same until it is done. */
export class People {
  private readonly creates: { name: string; done: boolean }[] = [];
  private readonly waits: number[] = [];
  private readonly strange: string[] = [];
  private token = '';

  constructor(private readonly experiment: Experiment) {}

  /** `count` creates at once, answered 201 or 503; returns the longest wait in milliseconds. */
  async tryOnce(count: number): Promise<{ longest: number; done: number }> {
    const { lab, organization, random } = this.experiment;
    this.token ||= await lab.token(organization);
    const creates = Array.from({ length: count }, () => ({ name: random.uuid(), done: false }));
    this.creates.push(...creates);
    creates.forEach(({ name }) => this.experiment.expectStorage(name));
    const before = this.waits.length;
    await Promise.all(creates.map((create) => this.create(create)));
    return { longest: Math.max(...this.waits.slice(before)), done: creates.filter(({ done }) => done).length };
  }

  /** Resolves when all that were ever tried are done; then each is there once. */
  async comeAgain(): Promise<void> {
    for (let round = 1; round <= 60 && this.creates.some(({ done }) => !done); round++) {
      for (const create of this.creates.filter(({ done }) => !done)) await this.create(create);
      await sleep(200);
    }
    const { lab, organization } = this.experiment;
    const rows = await lab.rows<{ name: string }>('SELECT name FROM storage_configs WHERE organization_id = $1', [
      organization,
    ]);
    const there = rows.map(({ name }) => name).sort();
    this.experiment.require(
      this.creates.every(({ done }) => done),
      'everyone who comes again gets a storage',
    );
    this.experiment.require(
      there.join() ===
        this.creates
          .map(({ name }) => name)
          .sort()
          .join(),
      'each storage is there once',
    );
    this.experiment.require(this.strange.length === 0, `the answer is 201 or 503 with Retry-After: ${this.strange[0]}`);
    const announced = await lab.rows(
      `SELECT storage_config_id FROM outbox WHERE organization_id = $1 AND event = 'storage.created'`,
      [organization],
    );
    this.experiment.require(announced.length === this.creates.length, 'each storage was announced once');
  }

  private async create(create: { name: string; done: boolean }): Promise<void> {
    const { lab, organization } = this.experiment;
    const began = Date.now();
    const response = await fetch(`${lab.system.api}/storage-configs?organization_id=${organization}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'idempotency-key': create.name,
      },
      body: JSON.stringify(lab.storageBody(create.name)),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    this.waits.push(Date.now() - began);
    create.done = response.status === 201;
    const honest = response.status === 503 && Number(response.headers.get('retry-after')) > 0;
    if (!create.done && !honest) this.strange.push(`${response.status} ${text}`);
  }
}

export const restWorkerAway: Fault = {
  name: 'rest-worker-away',
  title: 'people create storages while no worker runs',
  short: true,
  async provoke(experiment) {
    const { lab } = experiment;
    const people = new People(experiment);
    for (const worker of lab.workers) await lab.killWorker(worker);
    await sleep(500);
    await allRefused(experiment, people, AT_ONCE_MS);
    await lab.heal();
    await people.comeAgain();
  },
};

export const restWorkerFrozen: Fault = {
  name: 'rest-worker-frozen',
  title: 'people create storages while every worker is frozen, and for a moment when they wake',
  short: false,
  async provoke(experiment) {
    const workers = experiment.lab.workers;
    const people = new People(experiment);
    await people.tryOnce(1);
    for (const { process } of workers) await process.signal('SIGSTOP');
    try {
      await allRefused(experiment, people, WRITE_DEADLINE_MS);
    } finally {
      for (const { process } of workers) await process.signal('SIGCONT');
    }
    await people.comeAgain();
  },
};

export const restBrokerAway: Fault = {
  name: 'rest-broker-away',
  title: 'people create storages while the broker dies, is away and comes back',
  short: false,
  async provoke(experiment) {
    const { lab } = experiment;
    const people = new People(experiment);
    const meanwhile = people.tryOnce(experiment.count(20));
    await lab.killBroker();
    await meanwhile;
    await allRefused(experiment, people, AT_ONCE_MS);
    await lab.startBroker();
    await lab.ready();
    await people.comeAgain();
  },
};

export const restDatabaseAway: Fault = {
  name: 'rest-database-away',
  title: 'people create storages while PostgreSQL dies, is away and comes back',
  short: true,
  async provoke(experiment) {
    const { lab } = experiment;
    const people = new People(experiment);
    const meanwhile = people.tryOnce(experiment.count(20));
    await lab.killDatabase();
    await meanwhile;
    await allRefused(experiment, people, AT_ONCE_MS);
    await lab.startDatabase();
    await lab.ready();
    await people.comeAgain();
  },
};

export const restDatabaseFrozen: Fault = {
  name: 'rest-database-frozen',
  title: 'people create storages while every process of PostgreSQL is frozen, and commands come',
  short: false,
  async provoke(experiment) {
    const { lab, commands, organizations } = experiment;
    const people = new People(experiment);
    await people.tryOnce(1);
    commands.stream(20, organizations.slice(1));
    await lab.freezeDatabase();
    try {
      await allRefused(experiment, people, WRITE_DEADLINE_MS);
    } finally {
      await lab.thawDatabase();
    }
    const thawedAt = Date.now();
    await lab.ready();
    const after = await commands.sendCreates(1, organizations.slice(1));
    experiment.timely('first new command done after', (await experiment.settled(after)) - thawedAt, RECOVERY_MS);
    await commands.endStream();
    await people.comeAgain();
  },
};

/** Each is answered 503 with Retry-After, and in time. */
export async function allRefused(experiment: Experiment, people: People, limitMs: number): Promise<void> {
  const { longest, done } = await people.tryOnce(experiment.count(10));
  experiment.require(done === 0, `nothing can be created now: ${done} were`);
  experiment.timely('answered within', longest, limitMs);
}
