import type { KeyringFile } from '@stowage/encryption';
import type { DataSource } from 'typeorm';

const DAY_MS = 86_400_000;
/** A worker tells of itself every 2 s. */
const LIVE = `seen_at > now() - interval '10 seconds'`;

export interface KeyStatus {
  kid: string;
  /** `missing`: seals records, and is not in the keyring. */
  state: 'active' | 'decrypt' | 'missing';
  records: number;
  quarantined: number;
  /** Entries of the audit that can be verified with this key only. */
  auditEntries: number;
  /** When it may be removed; null while something needs it. */
  removableFrom: Date | null;
}

export interface Holder {
  host: string;
  active: string;
  kids: string[];
}

/** The workers that run now, and which keys each holds. */
export function holders(dataSource: DataSource): Promise<Holder[]> {
  return dataSource.query(`SELECT host, active, kids FROM key_holders WHERE ${LIVE} ORDER BY host`);
}

/**
 * What each key is still needed for. Notes since when a key is needed for nothing.
 * @param retentionDays how long backups of the database are kept: a restored one needs the keys of its day
 */
export async function keyStatus(
  dataSource: DataSource,
  keyring: KeyringFile,
  retentionDays: number,
): Promise<KeyStatus[]> {
  await noteUnused(dataSource, keyring.active);
  const used: { kid: string; records: number; quarantined: number }[] = await dataSource.query(
    `SELECT credentials_kid AS kid, count(*)::int AS records, count(credentials_quarantined_at)::int AS quarantined
       FROM storage_configs GROUP BY 1`,
  );
  const audited: { kid: string; entries: number }[] = await dataSource.query(
    'SELECT mac_kid AS kid, count(*)::int AS entries FROM storage_audit WHERE mac_kid IS NOT NULL GROUP BY 1',
  );
  const unused: { kid: string; unused_since: Date }[] = await dataSource.query(
    'SELECT kid, unused_since FROM key_checks WHERE unused_since IS NOT NULL',
  );
  const known = keyring.keys.map(({ kid }) => kid);
  const missing = used.map(({ kid }) => kid).filter((kid) => !known.includes(kid));
  return [...known, ...missing].map((kid) => {
    const { records = 0, quarantined = 0 } = used.find((key) => key.kid === kid) ?? {};
    const since = unused.find((key) => key.kid === kid)?.unused_since;
    return {
      kid,
      state: stateOf(kid, keyring, known),
      records,
      quarantined,
      auditEntries: audited.find((key) => key.kid === kid)?.entries ?? 0,
      removableFrom: since ? new Date(since.getTime() + retentionDays * DAY_MS) : null,
    };
  });
}

function stateOf(kid: string, { active }: KeyringFile, known: string[]): KeyStatus['state'] {
  if (!known.includes(kid)) return 'missing';
  return kid === active ? 'active' : 'decrypt';
}

/** By the header of each record, which rules: the column only mirrors it. */
async function noteUnused(dataSource: DataSource, active: string): Promise<void> {
  await dataSource.query(
    `WITH used AS (
       SELECT credentials_kid AS kid FROM storage_configs
       UNION SELECT encode(substr(credentials_ct, 6, get_byte(credentials_ct, 4)), 'escape') FROM storage_configs
              WHERE length(credentials_ct) > 5
       UNION SELECT active FROM key_holders WHERE ${LIVE}
       UNION SELECT $1
     )
     UPDATE key_checks SET unused_since = CASE WHEN kid IN (SELECT kid FROM used) THEN NULL
                                               ELSE coalesce(unused_since, now()) END`,
    [active],
  );
}
