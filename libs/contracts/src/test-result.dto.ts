import type { CheckName, CheckStatus } from './vocabulary.js';
import type { Warning } from './storage-config.dto.js';

/** One step of a storage test, in the order run. */
export interface Check {
  name: CheckName;
  status: CheckStatus;
  /** Whole milliseconds; null where nothing was run. */
  duration_ms: number | null;
  /** For `failed` what went wrong, for `skipped` why. */
  message: string | null;
}

/** The answer to a storage test. A failed test is an answer: HTTP 200 either way. */
export interface TestResult {
  success: boolean;
  /** `Connection successful` or `Connection failed: <one sentence of the catalogue>`. */
  message: string;
  /** null: not reached. */
  bucket_exists: boolean | null;
  can_write: boolean | null;
  can_read: boolean | null;
  can_delete: boolean | null;
  /** Whole milliseconds of one small authenticated request on the open connection; null unless success. */
  latency_ms: number | null;
  /** The diagnosis, e.g. `container.not_found`; null on success. */
  code: string | null;
  /** What the person should do next, naming the field and, where it is known, the value. */
  hint: string | null;
  suggested_config: Record<string, string | number> | null;
  checks: Check[];
  warnings: Warning[];
  /** The server's own words (vendor code, status, at most 200 characters), only once it has proven its protocol. */
  evidence: string | null;
  /** SFTP: the key met, `SHA256:…`; null for other kinds or when none was met. */
  host_key_sha256: string | null;
}
