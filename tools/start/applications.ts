import { join } from 'node:path';
import { LeashedProcess } from '../servers/leashed-process.js';
import type { DataDirectory } from './data-directory.js';
import { readableLogLine } from './log-line.js';

/** A drain takes up to 30 s. */
const GRACE_SECONDS = 33;
const READY_SECONDS = 60;

export interface Application {
  name: string;
  /** Path below dist/. */
  main: string;
  environment: Record<string, string | undefined>;
  /** `http://…/health/ready` of each of its servers. */
  health: string[];
}

/** Starts an application of the build as a process of its own and waits until it is ready. @throws ServerStartError */
export async function startApplication(
  { name, main, environment, health }: Application,
  data: DataDirectory,
  say: (line: string) => void,
): Promise<LeashedProcess> {
  const application = new LeashedProcess({
    name,
    command: process.execPath,
    args: ['--enable-source-maps', join(process.cwd(), 'dist', main)],
    env: environment,
    logFile: data.file(`${name}.log`),
    onLine: (line) => {
      const readable = readableLogLine(name, line);
      if (readable !== null) say(readable);
    },
    graceSeconds: GRACE_SECONDS,
  });
  return application.ready(async () => (await Promise.all(health.map(isReady))).every(Boolean), READY_SECONDS);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
