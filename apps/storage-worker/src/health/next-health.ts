import type { HealthStatus, TestResult } from '@stowage/contracts';
import { DIAGNOSES } from '@stowage/providers';

/**
 * What a storage's health is after a test. A first failure that may pass by itself makes a healthy storage `degraded`;
 * a second one in a row, or one that only a person can mend, makes it `failing`. A storage that works but keeps its
 * test file (delete refused) is `degraded`: backups work, retention will not.
 */
export function nextHealth(before: HealthStatus, result: TestResult): HealthStatus {
  if (result.success) return result.can_delete === false ? 'degraded' : 'healthy';
  return before === 'healthy' && mayPassByItself(result.code) ? 'degraded' : 'failing';
}

function mayPassByItself(code: string | null): boolean {
  const diagnoses: Partial<Record<string, { retryable: boolean }>> = DIAGNOSES;
  return code !== null && (diagnoses[code]?.retryable ?? false);
}
