import { randomUUID } from 'node:crypto';
import type { OrganizationPermission, StorageConfig } from '@stowage/contracts';
import type { System } from '../system/index.js';
import type { Laboratory } from './laboratory.js';
import { RestClient } from './rest-client.js';

export interface Somebody {
  organization?: string;
  permissions?: OrganizationPermission[] | 'all';
  user?: string;
  platform?: boolean;
}

/** One case while it runs: what it tries with, what it saw, what was not as it must be. */
export class Trial {
  readonly seen: string[] = [];
  readonly violations: string[] = [];

  constructor(readonly lab: Laboratory) {}

  require(holds: boolean, claim: string): void {
    if (!holds) this.violations.push(claim);
  }

  saw(figure: string): void {
    this.seen.push(figure);
  }

  /** Everything that is answered is looked through for what must not be in it. */
  async rest(system: System, { organization = randomUUID(), permissions = 'all', user, platform }: Somebody = {}) {
    const token = await system.token({ [organization]: permissions }, { user: user ?? randomUUID(), platform });
    return new RestClient(system.api, token, organization, this.lab.transcript);
  }

  /** Somebody new of a new organization, whom no rate holds up. */
  async stranger(system: System): Promise<RestClient> {
    await this.lab.forgetRates(system);
    return this.rest(system);
  }

  /** Somebody new, with a storage that works, where loopback may be dialled. */
  async withStorage(): Promise<{ system: System; rest: RestClient; id: string }> {
    const system = await this.lab.open();
    const rest = await this.stranger(system);
    const { id } = await this.makeStorage(rest);
    return { system, rest, id };
  }

  /** A storage of the sandbox, created over REST. */
  async makeStorage(rest: RestClient, body: object = {}): Promise<StorageConfig> {
    const answer = await rest.create({ ...this.lab.storageBody(), ...body });
    if (answer.status !== 201) throw new Error(`The storage was not made: ${answer.status} ${answer.text}`);
    return answer.body as unknown as StorageConfig;
  }
}
