import { randomUUID } from 'node:crypto';
import {
  type BackupCompleted,
  type BackupDeleted,
  type BackupEventName,
  type BackupFailed,
  type BackupStarted,
  type CommandName,
  type CreateStorageConfig,
  type Credentials,
  type EventData,
  type EventName,
  EXCHANGES,
  type ErrorBody,
  type RpcMethod,
  schemaOf,
  type SignedReply,
  type StorageLocation,
  type StorageEvent,
  type StorageReply,
} from '@stowage/contracts';
import { type JWK, seal, unseal, verifyReply } from '@stowage/encryption';
import { type Broker, type Subscription } from '@stowage/messaging';
import { StorageRefused } from './storage-refused.js';

export interface StowageClientOptions {
  /** This service's name in the worker's service registry. */
  service: string;
  /** Private JWKs of this service; their public halves stand in the registry. The first is the one sealed to. */
  privateKeys: JWK[];
  /** The worker's public JWKs: WORKER_PUBLIC_KEYS_FILE, or `GET /api/v1/backups/storage-keys` of the gateway. */
  workerKeys: JWK[];
  /** Milliseconds that a question for a storage may take. Default 5000. */
  deadlineMs?: number;
}

/** A storage with its credentials, ready for `openStorage` of @stowage/storage. */
export interface ReleasedStorage {
  storage: StorageLocation;
  credentials: Credentials;
  /** The config's version. */
  version: number;
}

/** An event of the outbox as it arrives: data of the event beside its subject. */
export type StowageEvent<E extends EventName> = EventData[E] & StorageEvent;

/** The REST body of a new storage, and whose it is. */
export interface NewStorage extends CreateStorageConfig {
  organization_id: string;
}

/**
 * What a platform service needs of Stowage: the storage to back up to, commands, backup reports and events. Replies are
 * opened and verified here; nothing outside the worker's signature is believed.
 */
export class StowageClient {
  private readonly deadlineMs: number;

  constructor(
    private readonly broker: Broker,
    private readonly options: StowageClientOptions,
  ) {
    this.deadlineMs = options.deadlineMs ?? 5000;
  }

  /**
   * The storage to write a backup of this organization to.
   * @throws StorageRefused e.g. `storage.default.none`; RequestError when no worker answers; ReplyError on a forged reply
   */
  getDefaultStorage(organizationId: string): Promise<ReleasedStorage> {
    return this.ask('storage.default.get', { organization_id: organizationId, purpose: 'write' });
  }

  /**
   * The storage that holds a backup (`read`), or one that a policy names (`write`).
   * @throws as `getDefaultStorage`
   */
  getStorage(organizationId: string, storageConfigId: string, purpose: 'read' | 'write'): Promise<ReleasedStorage> {
    return this.ask('storage.config.get', {
      organization_id: organizationId,
      storage_config_id: storageConfigId,
      purpose,
    });
  }

  /** Asks for a test; its outcome is the event `storage.tested`. Returns the command's id, which is the operation's too. */
  test(organizationId: string, storageConfigId: string): Promise<string> {
    return this.command('storage.test', organizationId, { storage_config_id: storageConfigId });
  }

  /** Asks for a count of what is stored; its outcome is the event `storage.usage.refreshed`. Returns the command's id. */
  refreshUsage(organizationId: string, storageConfigId: string): Promise<string> {
    return this.command('storage.usage.refresh', organizationId, { storage_config_id: storageConfigId });
  }

  /**
   * Creates a storage exactly once per organization and key, however often it is sent; its outcome is the event
   * `storage.created` or `storage.create.failed`. The secrets are sealed to the worker before they leave this process.
   */
  async create(config: NewStorage, idempotencyKey: string): Promise<string> {
    const { access_key, secret_key, private_key, passphrase, ...fields } = config;
    const secrets = { access_key, secret_key, private_key, passphrase };
    return this.command('storage.create', config.organization_id, {
      ...fields,
      idempotency_key: idempotencyKey,
      credentials: await seal(secrets, this.workerSealingKey()),
    });
  }

  backupStarted(event: BackupStarted): Promise<void> {
    return this.report('backup.started', event);
  }

  backupCompleted(event: BackupCompleted): Promise<void> {
    return this.report('backup.completed', event);
  }

  backupFailed(event: BackupFailed): Promise<void> {
    return this.report('backup.failed', event);
  }

  backupDeleted(event: BackupDeleted): Promise<void> {
    return this.report('backup.deleted', event);
  }

  /**
   * Calls the handler for each such event of any organization, from now on, in this process only. After `onGap` events
   * may have been missed: read again what you keep.
   */
  on<E extends EventName>(
    event: E,
    handler: (data: StowageEvent<E>) => Promise<void> | void,
    onGap: () => void = () => {},
  ): Promise<Subscription> {
    return this.broker.subscribe(
      EXCHANGES.events,
      [event],
      async (delivery) => {
        await handler(delivery.json() as StowageEvent<E>);
        return { verdict: 'ack' };
      },
      onGap,
    );
  }

  close(): Promise<void> {
    return this.broker.close();
  }

  private async ask(
    method: RpcMethod,
    question: { organization_id: string; storage_config_id?: string; purpose: 'read' | 'write' },
  ): Promise<ReleasedStorage> {
    const correlationId = randomUUID();
    const nonce = randomUUID();
    const reply = await this.broker.request(
      {
        exchange: EXCHANGES.rpc,
        routing_key: method,
        app_id: this.options.service,
        correlation_id: correlationId,
        headers: { schema: schemaOf(method), 'organization-id': question.organization_id },
        data: { ...question, recipient: this.options.service, nonce },
      },
      { deadline: Date.now() + this.deadlineMs },
    );
    const { signed } = reply.json() as SignedReply;
    const answer = verifyReply(signed, this.options.workerKeys, {
      aud: this.options.service,
      cid: correlationId,
      nonce,
      organization_id: question.organization_id,
    }) as unknown as StorageReply;
    if (!answer.ok || !answer.storage || !answer.credentials || answer.version === null) {
      throw new StorageRefused(answer.error ?? UNEXPLAINED);
    }
    const credentials = (await unseal(answer.credentials, this.options.privateKeys)) as Credentials;
    return { storage: answer.storage, credentials, version: answer.version };
  }

  private async command(name: CommandName, organizationId: string, data: object): Promise<string> {
    const messageId = randomUUID();
    await this.broker.publish({
      ...this.envelope(name, organizationId),
      message_id: messageId,
      exchange: EXCHANGES.commands,
      routing_key: name,
      data: { ...data, organization_id: organizationId },
    });
    return messageId;
  }

  private report(name: BackupEventName, data: { organization_id: string }): Promise<void> {
    return this.broker.publish({
      ...this.envelope(name, data.organization_id),
      message_id: randomUUID(),
      exchange: EXCHANGES.backupEvents,
      routing_key: name,
      data,
    });
  }

  private envelope(name: string, organizationId: string) {
    return {
      app_id: this.options.service,
      timestamp: Math.floor(Date.now() / 1000),
      headers: { schema: schemaOf(name), 'organization-id': organizationId },
    };
  }

  private workerSealingKey(): JWK {
    const key = this.options.workerKeys.find((candidate) => candidate.use === 'enc');
    if (!key) throw new Error('workerKeys holds no key with "use": "enc"');
    return key;
  }
}

const UNEXPLAINED: ErrorBody = { code: 'request.internal', detail: 'The worker gave no reason', retryable: true };
