import { QueryFailedError } from 'typeorm';

/** SQLSTATE classes (PostgreSQL appendix A) of statements that will never succeed: data exceptions, syntax. */
const DEFECT_CLASSES = new Set(['22', '23', '42']);
/** In class 42, and yet a matter of deployment: a table or column that is not migrated yet, a right not granted yet. */
const NOT_READY_YET = new Set(['42P01', '42703', '42501']);

/** Whether a failed read is a mistake of ours rather than a database that is away, slow, or not ready. */
export function isDefect(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return error instanceof TypeError || error instanceof ReferenceError;
  const { code } = error.driverError as { code?: string };
  return code !== undefined && DEFECT_CLASSES.has(code.slice(0, 2)) && !NOT_READY_YET.has(code);
}
