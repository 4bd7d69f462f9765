import type { HealthStatus, TestResult } from '@stowage/contracts';
import { nextHealth } from './next-health.js';

const outcome = (result: Partial<TestResult>): TestResult => ({
  success: true,
  message: 'Connection successful',
  bucket_exists: true,
  can_write: true,
  can_read: true,
  can_delete: true,
  latency_ms: 12,
  code: null,
  hint: null,
  suggested_config: null,
  reproduce: null,
  checks: [],
  warnings: [],
  evidence: null,
  host_key_sha256: null,
  ...result,
});
const transient = outcome({ success: false, code: 'network.unreachable' });
const lasting = outcome({ success: false, code: 'container.not_found' });

describe('nextHealth', () => {
  it.each<[HealthStatus, string, TestResult, HealthStatus]>([
    ['unverified', 'a success', outcome({}), 'healthy'],
    ['failing', 'a success', outcome({}), 'healthy'],
    ['healthy', 'a success that may not delete', outcome({ can_delete: false }), 'degraded'],
    ['healthy', 'a failure that may pass by itself', transient, 'degraded'],
    ['degraded', 'a second failure in a row', transient, 'failing'],
    ['unverified', 'a failure that may pass by itself', transient, 'failing'],
    ['healthy', 'a failure that only a person can mend', lasting, 'failing'],
    ['healthy', 'a failure whose code is unknown', outcome({ success: false, code: 'new.code' }), 'failing'],
  ])('goes from %s by %s to the right status', (before, _what, result, after) => {
    expect(nextHealth(before, result)).toBe(after);
  });
});
