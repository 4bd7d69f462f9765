import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface RunOptions {
  /** Some of these programs wait for ever when their server is away. Default 20 s. */
  timeoutMs?: number;
  env?: Record<string, string | undefined>;
  cwd?: string;
}

/**
 * Runs a program to its end and returns its standard output.
 * @throws Error with what the program said, when it fails or takes too long
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { timeoutMs = 20_000, env = process.env, cwd } = options;
  try {
    const { stdout } = await execute(command, args, { timeout: timeoutMs, killSignal: 'SIGKILL', env, cwd });
    return stdout;
  } catch (error) {
    const { stderr, killed } = error as { stderr?: string; killed?: boolean };
    const reason = killed ? `took longer than ${timeoutMs} ms` : stderr?.trim() || (error as Error).message;
    throw new Error(`${command} ${args[0] ?? ''}: ${reason}`, { cause: error });
  }
}
