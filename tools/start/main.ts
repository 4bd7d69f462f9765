import { EnvironmentError } from '@stowage/contracts';
import { ServerStartError } from '../servers/leashed-process.js';
import { MissingServerError } from '../servers/index.js';
import { readSettings } from './settings.js';
import { StartError } from './start-error.js';
import { start } from './start.js';
import { Stoppables } from './stoppables.js';

const KNOWN = [StartError, EnvironmentError, ServerStartError, MissingServerError];
const say = (line: string) => console.log(line);
const stoppables = new Stoppables();

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (isStopping) return;
    say('\nStopping …');
    void stop(0);
  });
}

try {
  const { ended } = await start(readSettings(process.env), stoppables, say);
  const name = await ended;
  if (!isStopping) {
    say(`${name} has ended; what it said is above. Stopping the rest …`);
    await stop(1);
  }
} catch (error) {
  if (!isStopping) {
    console.error(KNOWN.some((kind) => error instanceof kind) ? (error as Error).message : error);
    await stop(1);
  }
}

/** What was not stopped in order ends with this process all the same: it is on a leash. */
async function stop(exitCode: number): Promise<void> {
  isStopping = true;
  await stoppables.stopAll(say);
  process.exit(exitCode);
}
