import { Injectable } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { IdempotencyKeyEntity, StorageConfigEntity, PLATFORM_ID } from '@stowage/entities';
import { timingSafeEqual } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { Keys } from '../keys/keys.js';

const PURPOSE = 'idempotency-body';

/** One table for REST and the broker: a key creates once for its organization, for ever. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly keys: Keys) {}

  /**
   * What the key created before, or null when it is new.
   * @throws StowageError `request.idempotency_conflict` when it came with another body, `request.not_found` when what it
   * created is deleted
   */
  async findCreated(
    manager: EntityManager,
    organizationId: string | null,
    key: string,
    body: object,
  ): Promise<StorageConfigEntity | null> {
    const used = await manager.findOneBy(IdempotencyKeyEntity, { organizationId: organizationId ?? PLATFORM_ID, key });
    if (used === null) return null;
    if (!(await this.isSameBody(used, body))) {
      throw new StowageError('request.idempotency_conflict', 'This idempotency key was used for another body.');
    }
    const config = await manager.findOneBy(StorageConfigEntity, { id: used.storageConfigId });
    if (config !== null) return config;
    throw new StowageError('request.not_found', 'What this idempotency key created has been deleted.');
  }

  async remember(
    manager: EntityManager,
    organizationId: string | null,
    key: string,
    body: object,
    storageConfigId: string,
  ): Promise<void> {
    const { kid, mac } = await this.keys.mac(PURPOSE, bytesOf(body));
    await manager.insert(IdempotencyKeyEntity, {
      organizationId: organizationId ?? PLATFORM_ID,
      key,
      bodyHmac: mac,
      bodyHmacKid: kid,
      storageConfigId,
    });
  }

  /** Once its key has left the keyring, what was created is all that is known. */
  private async isSameBody({ bodyHmac, bodyHmacKid }: IdempotencyKeyEntity, body: object): Promise<boolean> {
    const mac = await this.keys.macAgain(bodyHmacKid, PURPOSE, bytesOf(body));
    return mac === null || timingSafeEqual(bodyHmac, mac);
  }
}

/** The body holds secrets, so only a keyed hash of it is kept: a plain one would let them be guessed. */
function bytesOf(body: object): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(body).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
