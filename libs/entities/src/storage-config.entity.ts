import {
  type Addressing,
  ADDRESSING_STYLES,
  CHECKSUM_MODES,
  type ChecksumMode,
  HEALTH_STATUSES,
  type HealthStatus,
  type Jurisdiction,
  JURISDICTIONS,
  type MeasuredUsage,
  type Provider,
  PROVIDERS,
  STORAGE_CLASSES,
  type StorageClass,
  TLS_MODES,
  type TlsMode,
} from '@stowage/contracts';
import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from './bigint.js';
import { oneOf } from './one-of.js';

/** An organization's storage, or the platform's own (`organizationId` null). */
@Entity('storage_configs')
@Index('storage_configs_one_default', ['organizationId'], {
  unique: true,
  where: 'is_default AND organization_id IS NOT NULL',
})
@Index('storage_configs_one_platform_default', ['isDefault'], {
  unique: true,
  where: 'is_default AND organization_id IS NULL',
})
@Index('storage_configs_by_check', ['checkedAt'])
@Index('storage_configs_by_credentials_age', ['credentialsUpdatedAt'])
@Index('storage_configs_by_key', ['credentialsKid'])
@Index('storage_configs_listing', ['organizationId', 'createdAt', 'id'])
// Unique per organization, and for the platform, without regard to case: an expression, which only the migration can say.
@Index('storage_configs_name', { synchronize: false })
@Check('storage_configs_provider', oneOf('provider', PROVIDERS))
@Check('storage_configs_storage_class', oneOf('storage_class', STORAGE_CLASSES))
@Check('storage_configs_jurisdiction', oneOf('jurisdiction', JURISDICTIONS))
@Check('storage_configs_tls', oneOf('tls', TLS_MODES))
@Check('storage_configs_addressing', oneOf('addressing', ADDRESSING_STYLES))
@Check('storage_configs_checksum_mode', oneOf('checksum_mode', CHECKSUM_MODES))
@Check('storage_configs_health_status', oneOf('health_status', HEALTH_STATUSES))
export class StorageConfigEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'organization_id', nullable: true })
  organizationId!: string | null;

  @Column('text')
  name!: string;

  @Column('text')
  provider!: Provider;

  @Column('text', { nullable: true })
  bucket!: string | null;

  @Column('text', { nullable: true })
  region!: string | null;

  @Column('text', { name: 'endpoint_url', nullable: true })
  endpointUrl!: string | null;

  @Column('text', { name: 'path_prefix', nullable: true })
  pathPrefix!: string | null;

  @Column('text', { name: 'storage_class', nullable: true })
  storageClass!: StorageClass | null;

  @Column('text', { name: 'account_id', nullable: true })
  accountId!: string | null;

  @Column('text', { nullable: true })
  jurisdiction!: Jurisdiction | null;

  @Column('text', { nullable: true })
  host!: string | null;

  @Column('int', { nullable: true })
  port!: number | null;

  @Column('text', { nullable: true })
  tls!: TlsMode | null;

  @Column('text', { name: 'host_key_sha256', nullable: true })
  hostKeySha256!: string | null;

  @Column('text', { name: 'ca_certificate', nullable: true })
  caCertificate!: string | null;

  /** Found out per storage; null = the provider's default. */
  @Column('text', { nullable: true })
  addressing!: Addressing | null;

  @Column('text', { name: 'checksum_mode', nullable: true })
  checksumMode!: ChecksumMode | null;

  @Column('boolean', { name: 'is_default', default: false })
  isDefault!: boolean;

  @Column('boolean', { name: 'is_active', default: true })
  isActive!: boolean;

  /** The sealed record of the vault. Never selected unless asked for by name; gateways may not read it at all. */
  @Column('bytea', { name: 'credentials_ct', select: false })
  credentialsCt!: Buffer;

  @Column('text', { name: 'credentials_kid' })
  credentialsKid!: string;

  /** When a rotation found a record here that does not open; it passes over such rows until new credentials come. */
  @Column('timestamptz', { name: 'credentials_quarantined_at', nullable: true })
  credentialsQuarantinedAt!: Date | null;

  @Column('text', { name: 'access_key_hint', nullable: true })
  accessKeyHint!: string | null;

  @Column('timestamptz', { name: 'credentials_updated_at' })
  credentialsUpdatedAt!: Date;

  /** When `storage.credentials.rotation_due` was last said; older than the credentials = not yet for these. */
  @Column('timestamptz', { name: 'rotation_announced_at', nullable: true })
  rotationAnnouncedAt!: Date | null;

  @Column('text', { name: 'health_status', default: 'unverified' })
  healthStatus!: HealthStatus;

  @Column('text', { name: 'health_code', nullable: true })
  healthCode!: string | null;

  @Column('text', { name: 'health_message', nullable: true })
  healthMessage!: string | null;

  @Column('text', { name: 'health_hint', nullable: true })
  healthHint!: string | null;

  @Column('int', { name: 'latency_ms', nullable: true })
  latencyMs!: number | null;

  @Column('timestamptz', { name: 'checked_at', nullable: true })
  checkedAt!: Date | null;

  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  @Column('jsonb', { nullable: true })
  measured!: MeasuredUsage | null;

  /** Sum, number and newest time of the backups recorded on it; kept in the transaction that changes the ledger. */
  @Column('bigint', { name: 'total_size_bytes', default: 0, transformer: bigintAsNumber })
  totalSizeBytes!: number;

  @Column('int', { name: 'object_count', default: 0 })
  objectCount!: number;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  /** The ETag; grows with every change that a client could see it make. */
  @Column('int', { default: 1 })
  version!: number;

  /** Sequence of the last event about this config. */
  @Column('int', { name: 'event_sequence', default: 0 })
  eventSequence!: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** Set by those who change the configuration; tests, usage and reported backups leave it alone. */
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
