import type { BackupStatus } from './vocabulary.js';

/** A backup recorded on a storage, as the backup service reported it. */
export interface Backup {
  id: string;
  organization_id: string;
  storage_config_id: string;
  environment_id: string | null;
  size_bytes: number;
  /** Keys relative to the storage's path_prefix. */
  objects: string[];
  status: BackupStatus;
  completed_at: string | null;
}
