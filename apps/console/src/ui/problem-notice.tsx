import { CircleAlertIcon } from 'lucide-react';
import { asProblem } from '../api/problem.js';
import { text } from '../text.js';

/** An error as the API words it. */
export function ProblemNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = asProblem(error);
  return (
    <div className="notice danger" role="alert">
      <CircleAlertIcon size={18} aria-hidden />
      <p>{problem.status === 412 ? text.errors.changedMeanwhile : problem.message}</p>
      {onRetry && (
        <button type="button" className="button small" onClick={onRetry}>
          {text.errors.retry}
        </button>
      )}
    </div>
  );
}
