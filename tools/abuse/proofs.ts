import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { startTestServers } from '../test/test-servers.js';
import type { Proof } from './abuse-case.js';

interface TestReport {
  testResults: { name: string; message: string; assertionResults: { fullName: string; status: string }[] }[];
}

export interface ProofOutcome {
  passed: number;
  violations: string[];
}

const TIMEOUT_MS = 400_000;

/** Runs the named test files once and tells of each proof how it went. */
export class Proofs {
  private constructor(private readonly results: Map<string, { fullName: string; status: string }[]>) {}

  static async run(proofs: Proof[]): Promise<Proofs> {
    const files = [...new Set(proofs.map(({ file }) => file))].sort();
    if (files.length === 0) return new Proofs(new Map());
    const directory = makePrivateDirectory('abuse-proofs');
    const output = join(directory, 'report.json');
    const servers = await startTestServers();
    try {
      const args = ['run', ...files, '--reporter=json', `--outputFile=${output}`];
      await vitest(args, servers.environment);
      const report = JSON.parse(readFileSync(output, 'utf8')) as TestReport;
      const byFile = report.testResults.map(
        ({ name, assertionResults }) => [name.slice(process.cwd().length + 1), assertionResults] as const,
      );
      return new Proofs(new Map(byFile));
    } finally {
      await servers.stop();
      removePrivateDirectory(directory);
    }
  }

  of(proofs: Proof[]): ProofOutcome {
    const outcomes = proofs.map(({ file, name = '' }) => {
      const tests = (this.results.get(file) ?? []).filter(({ fullName }) => fullName.includes(name));
      const failed = tests.filter(({ status }) => status !== 'passed');
      const violations = failed.map(({ fullName, status }) => `${file}: ${status}: ${fullName}`);
      if (tests.length === 0) violations.push(`${file} has no test ${name ? `named … ${name} …` : 'that ran'}`);
      return { passed: tests.length - failed.length, violations };
    });
    return {
      passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
      violations: outcomes.flatMap(({ violations }) => violations),
    };
  }
}

/** Resolves however the tests went: the report says. */
function vitest(args: string[], environment: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), ...args], {
      stdio: 'ignore',
      env: { ...process.env, ...environment },
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
}
