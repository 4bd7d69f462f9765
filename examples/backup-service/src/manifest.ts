/** `metadata.json` of a backup, written last: a backup without one is not whole. */
export interface Manifest {
  backup_id: string;
  environment_id: string;
  created_at: string;
  files: { key: string; size: number; sha256: string }[];
}

export const DUMP = 'dump.sql';
export const ARCHIVE = 'filestore.tar.gz';
export const MANIFEST = 'metadata.json';
