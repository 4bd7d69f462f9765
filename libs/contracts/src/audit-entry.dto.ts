import { IsISO8601, IsObject, IsString, IsUUID } from 'class-validator';
import { Describe } from './describe.js';
import { OrNull } from './validators.js';

/** Who did what to which storage. */
export class AuditEntry {
  @Describe('Grows with time.', '1042')
  @IsString()
  id!: string;

  @Describe('The organization; null for an act of the platform.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @OrNull()
  @IsUUID()
  organization_id!: string | null;

  @Describe('The storage configuration, where it was about one.')
  @OrNull()
  @IsUUID()
  storage_config_id!: string | null;

  @Describe('`user:<sub>`, `service:<name>` or `system`.', 'user:alice')
  @IsString()
  actor!: string;

  @Describe('What was done.', 'storage.update')
  @IsString()
  action!: string;

  @Describe('What came of it.', 'ok')
  @IsString()
  outcome!: string;

  @Describe('Address of the client.', '203.0.113.7')
  @OrNull()
  @IsString()
  ip!: string | null;

  @Describe('What else is to be known, such as the names of changed fields.', { changed: ['name'] })
  @IsObject()
  detail!: Record<string, unknown>;

  @Describe('When.', '2026-01-11T10:30:00.000Z')
  @IsISO8601()
  created_at!: string;
}
