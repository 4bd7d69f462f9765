import { Inject, Injectable } from '@nestjs/common';
import type {
  CreateStorageConfig,
  GatewayCreate,
  GatewayUpdate,
  Operation,
  StorageConfig,
  UpdateStorageConfig,
} from '@stowage/contracts';
import { newestKey } from '@stowage/encryption';
import { StorageConfigEntity, toStorageConfig } from '@stowage/entities';
import { notFound } from '@stowage/permissions';
import { checkFields } from '@stowage/providers';
import { IsNull } from 'typeorm';
import { Database } from '../database/database.js';
import { ENVIRONMENT } from '../environment.module.js';
import type { GatewayEnvironment } from '../environment.js';
import type { PageQuery } from '../paging/page.query.js';
import { type Page, readPage } from '../paging/read-page.js';
import { versionToFind } from '../requests/if-match.js';
import type { Origin } from '../requests/origin.js';
import { Worker } from '../worker/worker.js';
import type { RowAccess } from './row-access.js';
import { sealInput } from './sealed-input.js';

/** An organization has at most this many, so a list without `limit` is whole: clients of the first hour know no pages. */
const MAX_CONFIGS = 1_000;

/** Storage configurations, of organizations and (organization id null) of the platform. */
@Injectable()
export class StorageConfigsService {
  constructor(
    private readonly database: Database,
    private readonly worker: Worker,
    @Inject(ENVIRONMENT) private readonly environment: GatewayEnvironment,
  ) {}

  async list(organizationId: string | null, page: PageQuery): Promise<Page<StorageConfig>> {
    const rows = await this.database.read([organizationId], (manager) => {
      const query = manager
        .createQueryBuilder(StorageConfigEntity, 'config')
        .where({ organizationId: organizationId ?? IsNull() });
      return readPage(query, page, { by: 'createdAt', direction: 'ASC', defaultLimit: MAX_CONFIGS });
    });
    return rows.map((row) => toStorageConfig(row));
  }

  async get(id: string, access: RowAccess): Promise<StorageConfig> {
    return toStorageConfig(await this.find(id, access));
  }

  async create(
    organizationId: string | null,
    body: CreateStorageConfig,
    idempotencyKey: string | null,
    from: Origin,
  ): Promise<StorageConfig> {
    checkFields(body.provider, body);
    const request: GatewayCreate = from.asking({
      organization_id: organizationId,
      idempotency_key: idempotencyKey,
      ...(await sealInput(body, this.workerKey)),
    });
    return this.worker.write('storage.create', request);
  }

  async update(
    id: string,
    body: UpdateStorageConfig,
    ifMatch: string | null,
    access: RowAccess,
    from: Origin,
  ): Promise<StorageConfig> {
    const row = await this.find(id, access);
    const ifVersion = versionToFind(ifMatch, row.version);
    checkFields(row.provider, body, { stored: toStorageConfig(row) });
    const request: GatewayUpdate = from.asking({
      organization_id: row.organizationId,
      storage_config_id: row.id,
      if_version: ifVersion,
      ...(await sealInput(body, this.workerKey)),
    });
    return this.worker.write('storage.update', request);
  }

  async remove(id: string, ifMatch: string | null, access: RowAccess, from: Origin): Promise<void> {
    const row = await this.find(id, access);
    await this.worker.write(
      'storage.delete',
      from.asking({
        organization_id: row.organizationId,
        storage_config_id: row.id,
        if_version: versionToFind(ifMatch, row.version),
      }),
    );
  }

  async refreshUsage(id: string, access: RowAccess, from: Origin): Promise<Operation> {
    const row = await this.find(id, access);
    return this.worker.write(
      'storage.usage.refresh',
      from.asking({ organization_id: row.organizationId, storage_config_id: row.id }),
    );
  }

  /** @throws StowageError `request.not_found`, the same for a row that does not exist and one that is not the caller's */
  async find(id: string, access: RowAccess): Promise<StorageConfigEntity> {
    const row = await this.database.read(access.tenants, (manager) => manager.findOneBy(StorageConfigEntity, { id }));
    if (!row) throw notFound();
    access.check(row.organizationId);
    return row;
  }

  private get workerKey() {
    return newestKey(this.environment.WORKER_PUBLIC_KEYS_FILE, 'enc');
  }
}
