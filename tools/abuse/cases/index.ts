import type { AbuseCase } from '../abuse-case.js';
import { BROKER_PERMISSIONS } from './broker-permissions.js';
import { CALLERS } from './callers.js';
import { EGRESS_ADDRESSES } from './egress-addresses.js';
import { EGRESS_NAMES } from './egress-names.js';
import { EVIDENCE } from './evidence.js';
import { HOSTILE_SERVERS } from './hostile-servers.js';
import { MESSAGES } from './messages.js';
import { RELEASES } from './releases.js';
import { REQUESTS } from './requests.js';
import { STORED_SECRETS } from './stored-secrets.js';

/** In the order in which they run: those that look for what the others left behind come last. */
export const CASES: readonly AbuseCase[] = [
  ...STORED_SECRETS,
  ...EGRESS_ADDRESSES,
  ...EGRESS_NAMES,
  ...HOSTILE_SERVERS,
  ...CALLERS,
  ...REQUESTS,
  ...BROKER_PERMISSIONS,
  ...MESSAGES,
  ...RELEASES,
  ...EVIDENCE,
];
