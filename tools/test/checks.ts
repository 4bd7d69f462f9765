import { spawn } from 'node:child_process';

/** npm scripts of package.json, the quick ones first. */
export const CHECKS = [
  'check:format',
  'check:lint',
  'check:types',
  'check:boundaries',
  'check:unused',
  'test:unit',
  'test:medium',
  'test:e2e',
  'test:faults',
];

export interface Outcome {
  name: string;
  passed: boolean;
  seconds: number;
}

/** One that fails does not keep the others from running. */
export function runCheck(name: string, environment: Record<string, string>): Promise<Outcome> {
  console.log(`\n> npm run ${name}`);
  const started = Date.now();
  return new Promise((resolve) => {
    const end = (passed: boolean) => resolve({ name, passed, seconds: Math.round((Date.now() - started) / 1000) });
    const child = spawn('npm', ['run', '--silent', name], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    child.once('error', (error) => {
      console.error(`npm cannot be run: ${error.message}`);
      end(false);
    });
    child.once('exit', (code) => end(code === 0));
  });
}
