import { text } from '../text.js';
import type { Problem } from './types.js';

/** What the API refused, in its own words (`message` is its `detail`), or that it could not be reached. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: NonNullable<Problem['errors']> = [],
  ) {
    super(detail);
  }

  static unreachable(): ProblemError {
    return new ProblemError(0, 'network', text.errors.unreachable);
  }

  static async of(response: Response): Promise<ProblemError> {
    const problem = await readProblem(response);
    return new ProblemError(
      response.status,
      problem.code ?? 'unknown',
      problem.detail ?? text.errors.unexpected(response.status),
      problem.errors,
    );
  }

  static from(problem: Problem): ProblemError {
    return new ProblemError(problem.status, problem.code, problem.detail, problem.errors);
  }

  /** Whether the same request may succeed in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 503;
  }
}

export function asProblem(error: unknown): ProblemError {
  return error instanceof ProblemError ? error : ProblemError.unreachable();
}

async function readProblem(response: Response): Promise<Partial<Problem>> {
  try {
    return (await response.json()) as Partial<Problem>;
  } catch {
    return {};
  }
}
