import type { StorageLocation, Warning } from '@stowage/contracts';
import { paceInWords } from './pace.js';

const SLOW_MS = 300;
const LITTLE_SPACE_BYTES = 1024 ** 3;
/** Bytes a second. A backup of 100 GiB takes more than a day. */
const SLOW_PACE = 1024 ** 2;

/** @param free bytes that may still be written */
export function littleSpace(free: number): Warning | null {
  if (free >= LITTLE_SPACE_BYTES) return null;
  const message = `Only ${Math.floor(free / 1024 ** 2)} MiB are left on the storage: free space soon.`;
  return { code: 'quota.low', message };
}

/** @param rate bytes a second */
export function slowUploads(rate: number): Warning | null {
  if (rate >= SLOW_PACE) return null;
  const hours = Math.round((100 * 1024 ** 3) / rate / 3600);
  return {
    code: 'network.slow',
    message: `Uploads go at ${paceInWords(rate)}: a backup of 100 GiB takes ${hours} hours; look for a rate limit on the server or the line.`,
  };
}

/** @param latencyMs of one small request */
export function highLatency(
  latencyMs: number,
  { region }: Pick<StorageLocation, 'region'>,
  nearestRegion: string | undefined,
): Warning | null {
  if (latencyMs <= SLOW_MS) return null;
  const nearer =
    nearestRegion === undefined || nearestRegion === region
      ? 'a region or server nearer to this platform'
      : `a bucket in ${nearestRegion}, the region nearest to this platform,`;
  return {
    code: 'network.latency',
    message: `One small request takes ${Math.round(latencyMs)} ms: backups of many files will be slow; ${nearer} helps.`,
  };
}
