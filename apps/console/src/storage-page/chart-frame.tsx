import { type ReactNode, Suspense } from 'react';

interface ChartFrameProps {
  title: string;
  /** The chart in one sentence, for those who do not see it; null while there is nothing to draw. */
  summary: string | null;
  /** Said in place of the chart while there is nothing to draw. */
  empty: string;
  children: ReactNode;
}

/** As large without its chart as with it, so that nothing moves when it comes. */
export function ChartFrame({ title, summary, empty, children }: ChartFrameProps) {
  return (
    <figure className="chart">
      <figcaption>
        <h3>{title}</h3>
        {summary !== null && <p className="muted">{summary}</p>}
      </figcaption>
      {summary === null ? (
        <p className="chart-area-empty muted">{empty}</p>
      ) : (
        <div className="chart-drawing" aria-hidden>
          <Suspense>{children}</Suspense>
        </div>
      )}
    </figure>
  );
}
