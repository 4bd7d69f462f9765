import type { FtpSession } from './session.js';
import { codeOf } from './symptoms.js';

const UNITS = { bytes: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };
/** As ProFTPD says it: `Uploaded Mb: 0.25/1.00`, used and limit, or `unlimited`. */
const UPLOADED = /^\s*Uploaded (bytes|Kb|Mb|Gb):\s*([\d.]+)\/([\d.]+)\s*$/im;

/**
 * Bytes that may still be written: of the disk by AVBL (draft-peterson-streamlined-ftp-command-extensions-10 section 4),
 * else of the user's quota by ProFTPD's SITE QUOTA (http://www.proftpd.org/docs/contrib/mod_quotatab.html); null where
 * the server tells neither.
 *
 * @throws StorageFailure
 */
export async function freeSpace(session: FtpSession, directory: string): Promise<number | null> {
  try {
    if (session.features.has('AVBL')) return numberIn((await session.request(`AVBL ${directory}`)).message);
    return leftOfQuota((await session.request('SITE QUOTA')).message);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return null;
  }
}

function numberIn(reply: string): number | null {
  const [, digits] = /^213 (\d+)/.exec(reply) ?? [];
  return digits === undefined ? null : Number(digits);
}

function leftOfQuota(reply: string): number | null {
  const [, unit = '', used, limit] = UPLOADED.exec(reply) ?? [];
  if (used === undefined || limit === undefined) return null;
  return Math.max(0, Math.floor((Number(limit) - Number(used)) * UNITS[unit.toLowerCase() as keyof typeof UNITS]));
}
