import type { AuditEntryEntity } from '@stowage/entities';

type Chained = Pick<
  AuditEntryEntity,
  | 'tenantId'
  | 'position'
  | 'organizationId'
  | 'storageConfigId'
  | 'actor'
  | 'action'
  | 'outcome'
  | 'ip'
  | 'detail'
  | 'createdAt'
>;

/** Of the entry before the first. */
export const NO_MAC: Buffer = Buffer.alloc(32);

/** The bytes that an entry's hash is over: as JSON, so that no other entry gives the same, and after the hash before it. */
export function bytesToMac(before: Uint8Array, entry: Chained): Buffer {
  const { tenantId, position, organizationId, storageConfigId, actor, action, outcome, ip, detail, createdAt } = entry;
  const fields = [
    tenantId,
    Number(position),
    createdAt.toISOString(),
    organizationId,
    storageConfigId,
    actor,
    action,
    outcome,
    ip,
    sorted(detail),
  ];
  return Buffer.concat([before, Buffer.from(JSON.stringify(fields))]);
}

/** PostgreSQL keeps the keys of jsonb in an order of its own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, member]) => [key, sorted(member)]);
}
