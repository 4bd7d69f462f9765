import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram, isRoot, MissingServerError, program } from './requirements.js';
import { run } from './run.js';

const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

/** Whether this machine can fetch and unpack Debian packages. */
export const canUnpackDebianPackages = (): boolean => findProgram('apt-get') !== null && findProgram('dpkg') !== null;

/**
 * Fetches Debian or Ubuntu packages with their signatures checked and unpacks them into `folder`, without installing
 * anything and without root. Does nothing where `folder` is there already.
 * @throws MissingServerError when they cannot be had
 */
export async function unpackDebianPackages(packages: string[], folder: string): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  const working = mkdtempSync(`${folder}.`);
  try {
    const downloads = join(working, 'downloads');
    const unpacked = join(working, 'unpacked');
    mkdirSync(downloads);
    mkdirSync(unpacked);
    // apt's own download user could not enter this folder.
    const asRoot = isRoot() ? ['-o', 'APT::Sandbox::User=root'] : [];
    await run(program('apt-get'), ['-qq', ...asRoot, 'download', ...packages], {
      cwd: downloads,
      timeoutMs: DOWNLOAD_TIMEOUT_MS,
    });
    for (const file of readdirSync(downloads)) await run(program('dpkg'), ['-x', join(downloads, file), unpacked]);
    moveInPlace(unpacked, folder);
  } catch (error) {
    throw new MissingServerError(`${packages.join(', ')} could not be fetched: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    rmSync(working, { recursive: true, force: true });
  }
}

/** Another process may have been quicker; its copy is as good. */
function moveInPlace(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}
