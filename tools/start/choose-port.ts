import { freePort, isFree } from '../servers/ports.js';
import { StartError } from './start-error.js';

/**
 * The port that was set, or else the default one, or else a free one, which is said.
 * @throws StartError when the port that was set is taken
 */
export async function choosePort(
  variable: string,
  set: number | null,
  preferred: number,
  say: (line: string) => void,
): Promise<number> {
  if (set !== null) {
    if (await isFree(set)) return set;
    throw new StartError(`${variable}: port ${set} is taken; choose another one, or unset it to get a free one`);
  }
  return freePortNear(preferred, (line) => say(`${line} Set ${variable} to choose.`));
}

/** A default port where it is free, else any, which is said. */
export async function freePortNear(preferred: number, say: (line: string) => void): Promise<number> {
  if (await isFree(preferred)) return preferred;
  const port = await freePort();
  say(`Port ${preferred} is taken; using ${port} instead.`);
  return port;
}
