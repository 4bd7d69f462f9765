/**
 * `npm run abuse [-- <number> …]`: everything that nobody should be able to do is tried; exit 1 when something worked.
 * `npm run abuse -- --write-report` also puts the table of all cases into docs/security.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AbuseCase } from './abuse-case.js';
import { CASES } from './cases/index.js';
import { Laboratory } from './laboratory.js';
import { Proofs } from './proofs.js';
import { lines, markdown, type Result } from './report.js';
import { writeReport } from './security-page.js';
import { Trial } from './trial.js';

const LAST_TABLE = '.stowage/abuse.md';

const WRITE_REPORT = '--write-report';

const words = process.argv.slice(2);
const numbers = words.filter((word) => word !== WRITE_REPORT).map(Number);
const unknown = numbers.find((number) => !CASES.some((each) => each.number === number));
if (words.includes(WRITE_REPORT) && numbers.length > 0) {
  console.error(`${WRITE_REPORT} is for a run of all cases`);
  process.exitCode = 1;
} else if (unknown === undefined) {
  process.exitCode = (await runAll(numbers.length > 0 ? CASES.filter(isNamed) : CASES)) ? 0 : 1;
} else {
  console.error(`There is no such case; there are ${CASES.map(({ number }) => number).join(' ')}`);
  process.exitCode = 1;
}

function isNamed({ number }: AbuseCase): boolean {
  return numbers.includes(number);
}

async function runAll(cases: readonly AbuseCase[]): Promise<boolean> {
  const began = Date.now();
  console.log(`${cases.length} cases. The tests of lower tiers first …`);
  const proofs = await Proofs.run(cases.flatMap((each) => each.proofs ?? []));
  const lab = await Laboratory.start();
  mkdirSync(dirname(LAST_TABLE), { recursive: true });
  const results: Result[] = [];
  try {
    for (const each of cases) {
      const result = await runCase(each, lab, proofs);
      results.push(result);
      console.log(lines(result));
      writeFileSync(LAST_TABLE, `${markdown(results)}\n`);
    }
  } finally {
    await lab.stop();
  }
  const violated = results.filter(({ violations }) => violations.length > 0);
  console.log(`\n${results.length - violated.length} passed, ${violated.length} violated`);
  if (violated.length > 0) console.log(`Violated: ${violated.map(({ case: { number } }) => number).join(' ')}`);
  const seconds = (Date.now() - began) / 1000;
  console.log(`${seconds.toFixed(0)} s. As a table: ${LAST_TABLE}`);
  if (words.includes(WRITE_REPORT)) writeReport(results, seconds);
  return violated.length === 0;
}

/** What a case throws is a violation. */
async function runCase(each: AbuseCase, lab: Laboratory, proofs: Proofs): Promise<Result> {
  const began = Date.now();
  const trial = new Trial(lab);
  if (each.proofs) {
    const { passed, violations } = proofs.of(each.proofs);
    trial.saw(`${passed} tests of a lower tier`);
    trial.violations.push(...violations);
  }
  try {
    await each.attempt?.(trial);
  } catch (error) {
    trial.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return { case: each, seconds: (Date.now() - began) / 1000, seen: trial.seen, violations: trial.violations };
}
