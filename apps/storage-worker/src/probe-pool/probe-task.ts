import type {
  Check,
  Credentials,
  HostKeyPolicy,
  StorageLocation,
  TestDepth,
  TestResult,
  TlsMode,
} from '@stowage/contracts';
import type { DiagnosisCode, EgressPolicy, Usage } from '@stowage/providers/open';
import {
  createDialer,
  fetchHostKey,
  findFtpTlsMode,
  measureUsage,
  openStorage,
  removeObjects,
  sizeOfObjects,
  type Storage,
  StorageFailure,
  testStorage,
} from '@stowage/providers/open';
import type { Progress } from './thread-message.js';

interface Target {
  location: StorageLocation;
  organizationId: string | null;
  policy: EgressPolicy;
}

/** All that a thread is given, as plain data: one opened secret and the rules of dialling, nothing else of ours. */
export type ProbeTask =
  | (Target & {
      kind: 'test';
      credentials: Credentials;
      depth: TestDepth;
      hostKeyPolicy: HostKeyPolicy | undefined;
      deadlineMs: number;
      egressIps: string[];
      nearestRegion: string | undefined;
    })
  | (Target & { kind: 'usage'; credentials: Credentials })
  | (Target & { kind: 'removal' | 'size'; credentials: Credentials; keys: string[] })
  | (Target & { kind: 'host-key' })
  | (Target & { kind: 'ftp-tls-mode' });

export interface ProbeResults {
  test: TestResult;
  usage: Usage;
  removal: undefined;
  size: number;
  'host-key': string;
  'ftp-tls-mode': TlsMode;
}

/** Errors lose their class on the way between threads. */
export type ProbeOutcome<T> = { value: T } | { failure: { code: DiagnosisCode; detail: StorageFailure['detail'] } };

interface ProbeHooks {
  signal: AbortSignal;
  onCheck: (check: Check) => void;
  onProgress: (progress: Progress) => void;
}

/** Runs in a thread of the pool, or in place where a test has none. */
export async function runProbe(
  task: ProbeTask,
  hooks: ProbeHooks,
): Promise<ProbeOutcome<ProbeResults[ProbeTask['kind']]>> {
  try {
    return { value: await probe(task, hooks) };
  } catch (error) {
    if (!(error instanceof StorageFailure)) throw error;
    return { failure: { code: error.code, detail: error.detail } };
  }
}

async function probe(
  task: ProbeTask,
  { signal, onCheck, onProgress }: ProbeHooks,
): Promise<ProbeResults[ProbeTask['kind']]> {
  const { location, organizationId, policy } = task;
  const dialer = createDialer(policy, { provider: location.provider, organizationId });
  if (task.kind === 'test') {
    const { credentials, depth, hostKeyPolicy, deadlineMs, egressIps, nearestRegion } = task;
    const told = { egressIps, nearestRegion, signal, onCheck };
    return testStorage({ location, credentials, dialer, depth, hostKeyPolicy, deadlineMs, ...told });
  }
  if (task.kind !== 'host-key' && task.kind !== 'ftp-tls-mode') {
    const storage = await openStorage({ storage: location, credentials: task.credentials }, { dialer, signal });
    try {
      return await onStorage(storage, task, { signal, onProgress });
    } finally {
      await storage.close();
    }
  }
  const server = { host: location.host ?? '', port: location.port ?? 0, dialer, signal };
  if (task.kind === 'ftp-tls-mode') return findFtpTlsMode(server);
  const { sha256 } = await fetchHostKey(server);
  return sha256;
}

async function onStorage(
  storage: Storage,
  task: Extract<ProbeTask, { kind: 'usage' | 'removal' | 'size' }>,
  options: Pick<ProbeHooks, 'signal' | 'onProgress'>,
): Promise<ProbeResults['usage' | 'removal' | 'size']> {
  if (task.kind === 'usage') return measureUsage(storage, options);
  if (task.kind === 'size') return sizeOfObjects(storage, task.keys, options);
  await removeObjects(storage, task.keys, options);
  return undefined;
}

export function unpack<T>(outcome: ProbeOutcome<T>): T {
  if ('failure' in outcome) throw new StorageFailure(outcome.failure.code, outcome.failure.detail);
  return outcome.value;
}
