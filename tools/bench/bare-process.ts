import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Starts a floor of this folder as a process of its own. @returns its first line, and how to end it */
export async function startBare(script: string, ...args: string[]): Promise<{ line: string; stop: () => void }> {
  const child = spawn(process.execPath, [new URL(script, import.meta.url).pathname, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { line: line.toString().trim(), stop: () => void child.kill() };
}
