import { missing, type ServerName } from './requirements.js';

/**
 * `describe` for tests that need real servers. On a developer's machine that lacks one they are skipped and the output
 * says how to get it; where `CI` is set nothing is skipped, so a missing server fails the run.
 */
export function describeOnServers(servers: ServerName[], name: string, tests: () => void): void {
  const reasons = servers.map(missing).filter((reason) => reason !== null);
  if (reasons.length === 0 || process.env['CI']) {
    describe(name, tests);
    return;
  }
  console.warn(`Skipped: ${name}\n${reasons.map((reason) => `  ${reason}`).join('\n')}`);
  describe.skip(name, tests);
}
