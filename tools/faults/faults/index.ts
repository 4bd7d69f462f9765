import type { Fault } from '../fault.js';
import { backupsReordered } from './backups-reordered.js';
import { brokerKilled } from './broker-killed.js';
import { brokerRestarted } from './broker-restarted.js';
import { databaseKilled } from './database-killed.js';
import { deadlinePassed } from './deadline-passed.js';
import { duplicates } from './duplicates.js';
import { flood } from './flood.js';
import { garbage } from './garbage.js';
import { identicalTests } from './identical-tests.js';
import { networkBad } from './network-bad.js';
import { networkHalfOpen } from './network-half-open.js';
import { poison } from './poison.js';
import { queueLost } from './queue-lost.js';
import { requesterGone } from './requester-gone.js';
import { restBrokerAway, restDatabaseAway, restWorkerAway, restWorkerFrozen } from './rest-away.js';
import { rollingRestart } from './rolling-restart.js';
import { unroutable } from './unroutable.js';
import { workerFrozen } from './worker-frozen.js';
import { workerKilled } from './worker-killed.js';

/** In the order in which they run. */
export const FAULTS: readonly Fault[] = [
  workerKilled,
  workerFrozen,
  brokerKilled,
  brokerRestarted,
  databaseKilled,
  duplicates,
  backupsReordered,
  poison,
  garbage,
  flood,
  identicalTests,
  deadlinePassed,
  networkHalfOpen,
  networkBad,
  queueLost,
  unroutable,
  rollingRestart,
  requesterGone,
  restWorkerAway,
  restWorkerFrozen,
  restBrokerAway,
  restDatabaseAway,
];
