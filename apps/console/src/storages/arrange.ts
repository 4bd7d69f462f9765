import type { StorageConfig } from '../api/types.js';

export const SORTINGS = ['name', 'health', 'size', 'used', 'created'] as const;
export type Sorting = (typeof SORTINGS)[number];

const HEALTH_ORDER = ['failing', 'degraded', 'unverified', 'healthy'] satisfies StorageConfig['health']['status'][];

type Comparison = (one: StorageConfig, other: StorageConfig) => number;

const byName: Comparison = (one, other) => one.name.localeCompare(other.name, 'en', { numeric: true });
const newestFirst = (one: string | null, other: string | null) => (other ?? '').localeCompare(one ?? '');

const COMPARISONS: Record<Sorting, Comparison> = {
  name: byName,
  health: (one, other) => HEALTH_ORDER.indexOf(one.health.status) - HEALTH_ORDER.indexOf(other.health.status),
  size: (one, other) => other.total_size_bytes - one.total_size_bytes,
  used: (one, other) => newestFirst(one.last_used_at, other.last_used_at),
  created: (one, other) => newestFirst(one.created_at, other.created_at),
};

/** Those that match every word of the query, in order; the default one always comes first. */
export function arrange(
  configs: readonly StorageConfig[],
  { query, sorting }: { query: string; sorting: Sorting },
): StorageConfig[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return configs
    .filter((config) => words.every((word) => searchedText(config).includes(word)))
    .sort(
      (one, other) =>
        Number(other.is_default) - Number(one.is_default) || COMPARISONS[sorting](one, other) || byName(one, other),
    );
}

/** Bucket, or host with port, as a person would name the place. */
export function placeOf({ provider, bucket, host, port, path_prefix }: StorageConfig): string {
  if (host === null) return joinPath(bucket ?? '', path_prefix);
  const usualPort = provider === 'sftp' ? 22 : 21;
  const address = port === null || port === usualPort ? host : `${host}:${port}`;
  return joinPath(joinPath(address, bucket), path_prefix);
}

function joinPath(start: string, rest: string | null): string {
  if (!rest) return start;
  return `${start.replace(/\/$/, '')}/${rest.replace(/^\//, '').replace(/\/$/, '')}`;
}

function searchedText({ name, provider, bucket, host, endpoint_url, region }: StorageConfig): string {
  return [name, provider.replaceAll('_', ' '), bucket, host, endpoint_url, region].join(' ').toLowerCase();
}
