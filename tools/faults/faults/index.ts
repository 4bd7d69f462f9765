import type { Fault } from '../fault.js';
import { backupsReordered } from './backups-reordered.js';
import { brokerAlarm } from './broker-alarm.js';
import { brokerKilled } from './broker-killed.js';
import { brokerRestarted } from './broker-restarted.js';
import { cacheStale } from './cache-stale.js';
import { channelError } from './channel-error.js';
import { clockSkew } from './clock-skew.js';
import { crashAfterPark, crashBeforeAck, crashBeforeSent } from './crash-points.js';
import { databaseKilled } from './database-killed.js';
import { deadlinePassed } from './deadline-passed.js';
import { duplicates } from './duplicates.js';
import { flood } from './flood.js';
import { garbage } from './garbage.js';
import { identicalTests } from './identical-tests.js';
import { listenLost } from './listen-lost.js';
import { manyListeners } from './many-listeners.js';
import { networkBad } from './network-bad.js';
import { networkHalfOpen } from './network-half-open.js';
import { poison } from './poison.js';
import { poisonProcess } from './poison-process.js';
import { queueLost } from './queue-lost.js';
import { requesterGone } from './requester-gone.js';
import { restBrokerAway, restDatabaseAway, restDatabaseFrozen, restWorkerAway, restWorkerFrozen } from './rest-away.js';
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
  brokerAlarm,
  databaseKilled,
  listenLost,
  crashBeforeAck,
  crashAfterPark,
  crashBeforeSent,
  duplicates,
  backupsReordered,
  poison,
  poisonProcess,
  garbage,
  flood,
  identicalTests,
  deadlinePassed,
  clockSkew,
  networkHalfOpen,
  networkBad,
  channelError,
  queueLost,
  unroutable,
  rollingRestart,
  requesterGone,
  cacheStale,
  manyListeners,
  restWorkerAway,
  restWorkerFrozen,
  restBrokerAway,
  restDatabaseAway,
  restDatabaseFrozen,
];
