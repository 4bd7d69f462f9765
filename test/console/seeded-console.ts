import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { connectStowage } from '@stowage/client';
import type { StorageConfig } from '@stowage/contracts';
import { describeOnServers, startSandboxS3, type SandboxS3 } from '../../tools/servers/index.js';
import { startChromium } from '../../tools/servers/chromium.js';
import { startSystem, type System } from '../../tools/system/index.js';
import { forgetTestRates } from '../forget-test-rates.js';
import { RestClient } from '../rest-client.js';

/** `describe` for tests that look at the console as it is when there is something to see in it. */
export function describeSeededConsole(name: string, tests: (console: SeededConsole) => void): void {
  describeOnServers(['rabbitmq', 'chromium'], name, () => {
    const console = new SeededConsole();
    beforeAll(() => console.start(), 120_000);
    afterAll(() => console.stop(), 60_000);
    beforeEach(() => forgetTestRates(console.system.databaseUrl));
    tests(console);
  });
}

export class SeededConsole {
  s3!: SandboxS3;
  system!: System;
  browser!: Browser;
  /** A storage that is well and holds a backup; beside it the organization has one that fails. */
  config!: StorageConfig;
  readonly organization = randomUUID();
  /** Has no storage. */
  readonly empty = randomUUID();

  async start(): Promise<void> {
    this.s3 = await startSandboxS3();
    this.system = await startSystem();
    this.browser = await startChromium();
    const rest = new RestClient(this.system.api, await this.system.token({ [this.organization]: 'all' }));
    const minio = { provider: 'minio', endpoint_url: this.s3.endpoint, bucket: this.s3.bucket };
    const configs = `/storage-configs?organization_id=${this.organization}`;
    const well = { ...minio, ...this.s3.users.full, name: 'Healthy' };
    const created = await rest.send<StorageConfig>('POST', configs, well);
    this.config = created.body;
    const { body } = await rest.send<StorageConfig>('POST', configs, { ...well, secret_key: 'wrong', name: 'Failing' });
    for (const { id } of [this.config, this.config, body]) await rest.send('POST', `/storage-configs/${id}/test`);
    await recordBackup(this.system, this.organization, this.config.id);
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.system?.stop();
    await this.s3?.stop();
  }

  /** The address of a view, with a token for all that there is. */
  async address(search: string): Promise<string> {
    const token = await this.system.token({ [this.organization]: 'all', [this.empty]: 'all' }, { platform: true });
    return `${this.system.gateways[0]!.url}/${search}#token=${token}`;
  }
}

async function recordBackup(system: System, organization_id: string, storage_config_id: string): Promise<void> {
  const service = connectStowage({
    amqpUrl: system.serviceAmqpUrl,
    service: 'backup-service',
    privateKeys: system.secrets.serviceKeys,
    workerKeys: system.secrets.workerPublicKeys.keys,
  });
  try {
    await service.backupCompleted({
      organization_id,
      backup_id: randomUUID(),
      storage_config_id,
      environment_id: randomUUID(),
      sequence: 1,
      size_bytes: 1024,
      objects: ['dump.sql'],
      completed_at: new Date().toISOString(),
    });
  } finally {
    await service.close();
  }
}
