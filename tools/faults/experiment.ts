import type { StorageConfig } from '@stowage/contracts';
import { dropDeadLetters, listDeadLetters } from '@stowage/messaging';
import { audit, type OperationRow, type OutboxRow, type StorageRow, type Tally } from './audit.js';
import { type Attempt, CommandLoad } from './command-load.js';
import type { Laboratory } from './laboratory.js';
import { Random } from './random.js';
import { waitFor } from './wait-for.js';

const SETTLE_SECONDS = 120;
const ORGANIZATIONS = 4;
const MOST_DEAD_LETTERS = 10_000;

/** One fault on a running system: organizations of its own, its load, its book. */
export class Experiment {
  readonly organizations: string[];
  readonly commands: CommandLoad;
  /** Of another service, with connections of its own. */
  readonly otherCommands: CommandLoad;
  readonly violations: string[] = [];
  readonly figures: string[] = [];
  private readonly known = new Set<string>();

  constructor(
    readonly lab: Laboratory,
    readonly random: Random,
    private readonly scale: number,
    private readonly countsOnly: boolean,
  ) {
    this.organizations = Array.from({ length: ORGANIZATIONS }, () => random.uuid());
    this.commands = new CommandLoad(lab, random);
    this.otherCommands = new CommandLoad(lab, random);
  }

  private get attempts(): Attempt[] {
    return [this.commands, this.otherCommands].flatMap(({ attempts }) => [...attempts.values()]);
  }

  get organization(): string {
    return this.organizations[0]!;
  }

  /** So many at full scale. */
  count(atFullScale: number): number {
    return Math.max(1, Math.round(atFullScale * this.scale));
  }

  require(holds: boolean, claim: string): void {
    if (!holds) this.violations.push(`not so: ${claim}`);
  }

  /** A figure of the table, in seconds. */
  timed(what: string, milliseconds: number): void {
    this.figures.push(`${what} ${seconds(milliseconds)}`);
  }

  /** As `timed`, and a claim; with `--counts-only` the clock decides nothing. */
  timely(what: string, milliseconds: number, limitMs: number): void {
    const taken = Math.max(0, milliseconds);
    this.timed(what, taken);
    if (this.countsOnly) return;
    this.require(taken <= limitMs, `${what} at most ${seconds(limitMs)}: ${seconds(taken)}`);
  }

  /** A storage that works, made over REST before the fault. */
  async makeStorage(organizationId = this.organization): Promise<StorageConfig> {
    const name = this.random.uuid();
    const response = await fetch(`${this.lab.system.api}/storage-configs?organization_id=${organizationId}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await this.lab.token(organizationId)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(this.lab.storageBody(name)),
    });
    if (response.status !== 201) throw new Error(`The storage was not made: ${await response.text()}`);
    this.expectStorage(name);
    return (await response.json()) as StorageConfig;
  }

  /** Not a phantom: it was asked for by other means than a command. */
  expectStorage(name: string): void {
    this.known.add(name);
  }

  /** Resolves when all that was confirmed until now has an outcome; with the time of the last one. */
  async settled(
    attempts: Attempt[] = this.attempts.filter(({ confirmedAt }) => confirmedAt !== null),
  ): Promise<number> {
    const ids = attempts.map(({ id }) => id);
    await waitFor('Every confirmed command has an outcome', SETTLE_SECONDS, () => this.haveEnded(ids));
    const [last] = await this.lab.rows<{ at: Date | null }>(
      'SELECT max(finished_at) AS at FROM storage_operations WHERE message_id = ANY($1::uuid[])',
      [ids],
    );
    return last?.at?.getTime() ?? Date.now();
  }

  /** After the damage is mended: waits for what is under way, counts, and leaves a clean table. */
  async tally(): Promise<Tally> {
    await this.commands.endStream();
    await this.settled().catch((error: Error) => this.violations.push(error.message));
    await waitFor('Every event is published', SETTLE_SECONDS, () => this.isPublished()).catch((error: Error) =>
      this.violations.push(error.message),
    );
    const tally = audit({
      attempts: this.attempts,
      operations: await this.operations(),
      outbox: await this.outbox(),
      storages: await this.storages(),
      known: this.known,
      deadLetters: await this.takeDeadLetters(),
      heard: (await this.lab.events.take()).filter(({ organizationId }) => this.isOurs(organizationId)),
    });
    return tally;
  }

  async close(): Promise<void> {
    await Promise.all([this.commands.close(), this.otherCommands.close()]);
  }

  /** Reasons of the dead letters by message_id. */
  async deadLetterReasons(): Promise<Map<string, string>> {
    const letters = await listDeadLetters(this.lab.system.workerAmqpUrl, { limit: MOST_DEAD_LETTERS });
    return new Map(letters.map(({ id, reason }) => [id ?? '', reason]));
  }

  operations(): Promise<OperationRow[]> {
    return this.lab.rows(
      `SELECT id, message_id, kind, status, superseded_by FROM storage_operations
        WHERE organization_id = ANY($1::uuid[]) AND caller_id = 'backup'`,
      [this.organizations],
    );
  }

  private isOurs(organizationId: string | null): boolean {
    return organizationId !== null && this.organizations.includes(organizationId);
  }

  private outbox(): Promise<OutboxRow[]> {
    return this.lab.rows(
      'SELECT message_id, event, correlation_id FROM outbox WHERE organization_id = ANY($1::uuid[])',
      [this.organizations],
    );
  }

  private storages(): Promise<StorageRow[]> {
    return this.lab.rows('SELECT id, name FROM storage_configs WHERE organization_id = ANY($1::uuid[])', [
      this.organizations,
    ]);
  }

  private async takeDeadLetters(): Promise<Set<string>> {
    const reasons = await this.deadLetterReasons();
    if (reasons.size > 0) await dropDeadLetters(this.lab.system.workerAmqpUrl, { ids: 'all' });
    return new Set(reasons.keys());
  }

  private async haveEnded(ids: string[]): Promise<boolean> {
    const [open] = await this.lab.rows<{ count: number }>(
      `SELECT $2::int - count(*)::int AS count FROM storage_operations operation
         LEFT JOIN storage_operations stand_in ON stand_in.id = operation.superseded_by
        WHERE operation.message_id = ANY($1::uuid[]) AND operation.finished_at IS NOT NULL
          AND (operation.superseded_by IS NULL OR stand_in.finished_at IS NOT NULL)`,
      [ids, ids.length],
    );
    return open?.count === 0;
  }

  private async isPublished(): Promise<boolean> {
    const [unsent] = await this.lab.rows<{ count: number }>(
      'SELECT count(*)::int AS count FROM outbox WHERE sent_at IS NULL',
    );
    return unsent?.count === 0;
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(milliseconds < 1000 ? 3 : 1)} s`;
