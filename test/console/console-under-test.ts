import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { connectStowage } from '@stowage/client';
import type { StorageConfig } from '@stowage/contracts';
import { describeOnServers } from '../../tools/servers/index.js';
import { startChromium } from '../../tools/servers/chromium.js';
import { startSystem, type System } from '../../tools/system/index.js';
import { eventually } from '../eventually.js';
import { forgetTestRates } from '../forget-test-rates.js';
import { RestClient } from '../rest-client.js';
import { startStorageServers, type StorageServers } from '../storage-servers.js';
import { openTab, type Tab } from './browser.js';
import { StorageSettingsPage } from './storage-settings-page.js';

interface Options {
  /** Of the gateway and the worker, made once the storage servers run. */
  environment?: (servers: StorageServers) => Promise<Record<string, string>>;
}

/** `describe` for tests of the console in Chromium, on a real gateway, worker and storage servers. */
export function describeConsole(name: string, tests: (console: ConsoleUnderTest) => void, options: Options = {}): void {
  describeOnServers(['radosgw', 'sshd', 'vsftpd', 'rabbitmq', 'chromium'], name, () => {
    const console = new ConsoleUnderTest();
    beforeAll(() => console.start(options), 120_000);
    afterAll(() => console.stop(), 60_000);
    beforeEach(() => console.begin());
    afterEach(() => console.end());
    tests(console);
  });
}

export class ConsoleUnderTest {
  servers!: StorageServers;
  system!: System;
  browser!: Browser;
  /** Another one for each test. */
  organization!: string;
  /** Another one for each test: how often somebody may test is limited. */
  user!: string;
  /** Called when a tab has begun to listen to events. */
  onStream = (): void => undefined;
  #tabs: Tab[] = [];

  async start({ environment = async () => ({}) }: Options): Promise<void> {
    this.servers = await startStorageServers();
    const endpoints = { STORAGE_DEV_ENDPOINTS: JSON.stringify(this.servers.devEndpoints) };
    this.system = await startSystem({ environment: { ...endpoints, ...(await environment(this.servers)) } });
    this.browser = await startChromium();
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.system?.stop();
    await this.servers?.stop();
  }

  async begin(): Promise<void> {
    await forgetTestRates(this.system.databaseUrl);
    this.organization = randomUUID();
    this.user = randomUUID();
    this.#tabs = [];
  }

  /** Closes the tabs. @throws with what went wrong in them: script errors, and what the content security policy forbade */
  async end(): Promise<void> {
    for (const { page } of this.#tabs) await page.context().close();
    const faults = this.#tabs.flatMap((tab) => tab.faults);
    if (faults.length > 0) throw new Error(faults.join('\n'));
  }

  token(): Promise<string> {
    return this.system.token({ [this.organization]: 'all' }, { user: this.user });
  }

  async tab(): Promise<StorageSettingsPage> {
    const tab = await openTab(this.browser);
    this.#tabs.push(tab);
    tab.page.on('response', (answer) => answer.url().includes('storage-events') && this.onStream());
    return new StorageSettingsPage(tab.page, this.system.gateways[0]!.url);
  }

  /** The console with the storages of the organization. */
  async open(token?: string): Promise<StorageSettingsPage> {
    const settings = await this.tab();
    await settings.open(token ?? (await this.token()));
    return settings;
  }

  async rest(): Promise<RestClient> {
    return new RestClient(this.system.api, await this.token());
  }

  async create(body: Record<string, unknown>): Promise<StorageConfig> {
    const path = `/storage-configs?organization_id=${this.organization}`;
    const { status, body: config } = await (await this.rest()).send<StorageConfig>('POST', path, body);
    if (status !== 201) throw new Error(`A storage was not created: ${status} ${JSON.stringify(config)}`);
    return config;
  }

  async read(id: string): Promise<StorageConfig> {
    return (await (await this.rest()).send<StorageConfig>('GET', `/storage-configs/${id}`)).body;
  }

  /** Reports a completed backup as the backup service does. */
  async reportBackup(storageConfigId: string, size = 1024): Promise<void> {
    const service = connectStowage({
      amqpUrl: this.system.serviceAmqpUrl,
      service: 'backup-service',
      privateKeys: this.system.secrets.serviceKeys,
      workerKeys: this.system.secrets.workerPublicKeys.keys,
    });
    try {
      await service.backupCompleted({
        organization_id: this.organization,
        backup_id: randomUUID(),
        storage_config_id: storageConfigId,
        environment_id: randomUUID(),
        sequence: 1,
        size_bytes: size,
        objects: ['dump.sql'],
        completed_at: new Date().toISOString(),
      });
    } finally {
      await service.close();
    }
  }
  /** Reports a completed backup, and waits until it is in the ledger. */
  async recordBackup(storageConfigId: string, size?: number): Promise<void> {
    const before = (await this.read(storageConfigId)).object_count;
    await this.reportBackup(storageConfigId, size);
    await eventually(async () => {
      const { object_count } = await this.read(storageConfigId);
      if (object_count !== before + 1) throw new Error('The backup is not in the ledger yet');
    });
  }
}
