/**
 * `npm run advisories`: fails on known advisories of high severity against what runs in production. Not every registry
 * keeps advisories: without an answer nothing is known, which is said and is no failure.
 */
import { npmAudit } from './npm-audit.js';
import { verdictOn } from './verdict.js';

const verdict = verdictOn(await npmAudit());
if (verdict.kind === 'clean') console.log('No advisory of high severity is known against the packages of production.');
if (verdict.kind === 'unanswered')
  console.error(`NOT CHECKED: the registry has not told of advisories: ${verdict.reason}`);
if (verdict.kind === 'findings')
  console.error(`Advisories of high severity: ${verdict.packages.join(', ')}. See npm audit.`);
process.exitCode = verdict.kind === 'findings' ? 1 : 0;
