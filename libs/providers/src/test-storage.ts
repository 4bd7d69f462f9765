import { setTimeout as sleep } from 'node:timers/promises';
import type { TestResult } from '@stowage/contracts';
import { StorageFailure } from './failure.js';
import type { TestStorageOptions } from './test-options.js';
import { TestReport } from './test-report.js';
import { TestRun } from './test-run.js';

/** Below it an answer about a name would tell by its time whether the name exists. */
const UNREACHABLE_FLOOR_MS = 750;

/**
 * Does what a backup does, with the same driver, client and upload call: authenticate, find the bucket or directory,
 * upload, read back and compare, delete, see it gone. A failed test is an answer; nothing is thrown.
 */
export async function testStorage(options: TestStorageOptions): Promise<TestResult> {
  const began = performance.now();
  const report = new TestReport(options.onCheck);
  const run = new TestRun(options, report, deadlineOf(options));
  const latencyMs = await run.steps().catch((error: unknown) => run.noteFailure(error));
  await run.cleanUp();
  if (run.failure === null && typeof latencyMs === 'number') return report.succeeded(latencyMs);

  const diagnosed = run.diagnose(run.failure);
  if (diagnosed.code === 'network.unreachable')
    await sleep(Math.max(0, began + UNREACHABLE_FLOOR_MS - performance.now()));
  return report.failed(diagnosed, run.reproduce(diagnosed.code));
}

function deadlineOf({ deadlineMs, signal }: TestStorageOptions): AbortSignal {
  const controller = new AbortController();
  // Without a failure of its own: what was waited for says what its end means.
  const timer = setTimeout(() => controller.abort(), deadlineMs);
  timer.unref();
  const cancel = () => controller.abort(new StorageFailure('operation.cancelled'));
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  return controller.signal;
}
