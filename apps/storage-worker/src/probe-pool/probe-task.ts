import type {
  Check,
  Credentials,
  HostKeyPolicy,
  StorageLocation,
  TestDepth,
  TestResult,
  TlsMode,
} from '@stowage/contracts';
import type { DiagnosisCode, EgressPolicy } from '@stowage/providers/open';
import { createDialer, fetchHostKey, findFtpTlsMode, StorageFailure, testStorage } from '@stowage/providers/open';

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
    })
  | (Target & { kind: 'host-key' })
  | (Target & { kind: 'ftp-tls-mode' });

export interface ProbeResults {
  test: TestResult;
  'host-key': string;
  'ftp-tls-mode': TlsMode;
}

/** Errors lose their class on the way between threads. */
export type ProbeOutcome<T> = { value: T } | { failure: { code: DiagnosisCode; detail: StorageFailure['detail'] } };

interface ProbeHooks {
  signal: AbortSignal;
  onCheck: (check: Check) => void;
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

async function probe(task: ProbeTask, { signal, onCheck }: ProbeHooks): Promise<ProbeResults[ProbeTask['kind']]> {
  const { location, organizationId, policy } = task;
  const dialer = createDialer(policy, { provider: location.provider, organizationId });
  if (task.kind === 'test') {
    const { credentials, depth, hostKeyPolicy, deadlineMs, egressIps } = task;
    return testStorage({ location, credentials, dialer, depth, hostKeyPolicy, deadlineMs, egressIps, signal, onCheck });
  }
  const server = { host: location.host ?? '', port: location.port ?? 0, dialer, signal };
  if (task.kind === 'ftp-tls-mode') return findFtpTlsMode(server);
  const { sha256 } = await fetchHostKey(server);
  return sha256;
}

export function unpack<T>(outcome: ProbeOutcome<T>): T {
  if ('failure' in outcome) throw new StorageFailure(outcome.failure.code, outcome.failure.detail);
  return outcome.value;
}
