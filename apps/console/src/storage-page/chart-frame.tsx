import type { ReactElement } from 'react';
import { ResponsiveContainer } from 'recharts';

const HEIGHT_PX = 180;

interface ChartFrameProps {
  title: string;
  /** The chart in one sentence, for those who do not see it. */
  summary: string;
  children: ReactElement;
}

export function ChartFrame({ title, summary, children }: ChartFrameProps) {
  return (
    <figure className="chart">
      <figcaption>
        <h3>{title}</h3>
        <p className="muted">{summary}</p>
      </figcaption>
      <div aria-hidden>
        <ResponsiveContainer width="100%" height={HEIGHT_PX}>
          {children}
        </ResponsiveContainer>
      </div>
    </figure>
  );
}

/** The same for every chart, so that they can be read side by side. */
export const timeAxis = {
  dataKey: 'time',
  type: 'number',
  scale: 'time',
  domain: ['dataMin', 'dataMax'],
  tickFormatter: (time: number) => new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' }).format(time),
  tickLine: false,
  minTickGap: 48,
} as const;

export const valueAxis = { width: 64, tickLine: false, axisLine: false, tickCount: 4 } as const;

/** Points with their time as a number, as an axis wants it. */
export const onTimeAxis = <T extends { at: string }>(points: T[]): (T & { time: number })[] =>
  points.map((point) => ({ ...point, time: Date.parse(point.at) }));
