import type { Check, StorageLocation, TestResult } from '@stowage/contracts';
import { diagnose, type StorageFailure } from '@stowage/providers';

/** Of a test that did not come to a result of its own. */
export function failedResult(error: StorageFailure, location: StorageLocation, checks: Check[]): TestResult {
  const { code, cause, hint } = diagnose(error, location);
  return {
    success: false,
    message: `Connection failed: ${cause}`,
    bucket_exists: null,
    can_write: null,
    can_read: null,
    can_delete: null,
    latency_ms: null,
    code,
    hint,
    suggested_config: null,
    reproduce: null,
    checks,
    warnings: [],
    evidence: null,
    host_key_sha256: null,
  };
}
