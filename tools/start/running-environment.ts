import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

const FILE = 'running.env';

/** Where the database and the broker of a running start are, for the tools that look after it (dlq, audit). Mode 0600. */
export function writeRunningEnvironment(dataDirectory: string, variables: Record<string, string>): () => void {
  const path = join(dataDirectory, FILE);
  const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  rmSync(path, { force: true });
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

/** Takes from a start that runs here what the environment does not say. */
export function loadRunningEnvironment(): void {
  const path = join(process.env['DATA_DIR'] ?? '.stowage', FILE);
  if (!existsSync(path)) return;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(path, 'utf8')))) process.env[name] ??= value;
}
