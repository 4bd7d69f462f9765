import { Injectable } from '@nestjs/common';
import { AuditEntryEntity, PLATFORM_ID } from '@stowage/entities';
import { DataSource, type EntityManager, type EntitySubscriberInterface, type InsertEvent } from 'typeorm';
import { AUDIT_PURPOSE, Keys } from '../keys/keys.js';
import { bytesToMac, NO_MAC } from './entry-mac.js';

/**
 * Puts each audit entry at the end of its organization's chain, in the transaction that writes it. A subscriber, so that
 * no entry can be written outside of the chain.
 */
@Injectable()
export class AuditChain implements EntitySubscriberInterface<AuditEntryEntity> {
  constructor(
    private readonly keys: Keys,
    dataSource: DataSource,
  ) {
    dataSource.subscribers.push(this);
  }

  listenTo(): typeof AuditEntryEntity {
    return AuditEntryEntity;
  }

  async beforeInsert({ entity, manager, queryRunner }: InsertEvent<AuditEntryEntity>): Promise<void> {
    if (!queryRunner.isTransactionActive) throw new Error('An audit entry is written in a transaction only');
    // As the database will give them back: the hash is over these very letters.
    entity.organizationId = entity.organizationId?.toLowerCase() ?? null;
    entity.storageConfigId = entity.storageConfigId?.toLowerCase() ?? null;
    entity.tenantId = entity.organizationId ?? PLATFORM_ID;
    entity.createdAt = new Date();
    const last = await lastOf(manager, entity.tenantId);
    entity.position = String(Number(last?.position ?? 0) + 1);
    const { kid, mac } = await this.keys.mac(AUDIT_PURPOSE, bytesToMac(last?.mac ?? NO_MAC, entity));
    Object.assign(entity, { mac, macKid: kid });
  }
}

/** The end of a chain, which is the caller's alone until its transaction ends. */
async function lastOf(
  manager: EntityManager,
  tenantId: string,
): Promise<{ position: string; mac: Buffer } | undefined> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`storage_audit:${tenantId}`]);
  const [last]: { position: string; mac: Buffer }[] = await manager.query(
    `SELECT position, mac FROM storage_audit WHERE tenant_id = $1 AND position IS NOT NULL
      ORDER BY position DESC LIMIT 1`,
    [tenantId],
  );
  return last;
}
