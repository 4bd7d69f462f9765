import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The command as a process of its own, made from the sources: one that can be killed like any other. */
export class KeysProcesses {
  private constructor(
    private readonly folder: string,
    private readonly environment: Record<string, string>,
  ) {}

  static async prepare(environment: Record<string, string>): Promise<KeysProcesses> {
    const folder = mkdtempSync(join(tmpdir(), 'stowage-keys-command-'));
    symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
    await build({
      entryPoints: [join(import.meta.dirname, 'main.ts')],
      outfile: join(folder, 'keys.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      tsconfig: join(import.meta.dirname, '../../tsconfig.json'),
      logLevel: 'error',
    });
    return new KeysProcesses(folder, environment);
  }

  start(...args: string[]): ChildProcess {
    return spawn(process.execPath, [join(this.folder, 'keys.mjs'), ...args], {
      env: { PATH: process.env['PATH'], DATA_DIR: this.folder, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
