import { execFile } from 'node:child_process';

const DEADLINE_MS = 120_000;

export interface AuditOptions {
  /** Default: the one that npm is set up with. */
  registry?: string;
  /** Folder where npm keeps what it was told of each advisory. Default: npm's own. */
  cache?: string;
  /** Milliseconds until npm is ended. */
  deadlineMs?: number;
}

/**
 * What `npm audit --json` says of the packages of production: nothing when the registry has not answered in time. Its exit
 * code is the same for findings and for no answer, so it is not looked at.
 */
export function npmAudit({ registry, cache, deadlineMs = DEADLINE_MS }: AuditOptions = {}): Promise<string> {
  const args = ['audit', '--omit=dev', '--audit-level=high', '--json'];
  if (registry) args.push('--registry', registry);
  if (cache) args.push('--cache', cache);
  return new Promise((resolve) => {
    const limits = { timeout: deadlineMs, killSignal: 'SIGKILL', maxBuffer: Infinity } as const;
    execFile('npm', args, limits, (_error, stdout) => resolve(stdout));
  });
}
