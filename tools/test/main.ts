/** `npm test`: every check and every test, against real servers. The same command is what CI runs. */
import { missing, SERVER_NAMES } from '../servers/index.js';
import { CHECKS, runCheck, type Outcome } from './checks.js';
import { startTestServers } from './test-servers.js';

const isCi = Boolean(process.env['CI']);

const reasons = SERVER_NAMES.map(missing).filter((reason) => reason !== null);
for (const reason of reasons) console.error(`Missing: ${reason}`);
if (reasons.length > 0 && isCi) {
  console.error('With CI set nothing is skipped. .ci/run installs what is needed on Debian 12.');
  process.exit(1);
}
if (reasons.length > 0) console.error('The tests that need them are skipped.\n');

const servers = await startTestServers();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void servers.stop().finally(() => process.exit(1)));
}
const outcomes: Outcome[] = [];
try {
  for (const check of CHECKS) outcomes.push(await runCheck(check, servers.environment));
} finally {
  await servers.stop();
}

console.log('\nSummary');
for (const { name, passed, seconds } of outcomes)
  console.log(`  ${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
for (const reason of reasons) console.log(`  skipped  ${reason}`);
process.exit(outcomes.every(({ passed }) => passed) ? 0 : 1);
