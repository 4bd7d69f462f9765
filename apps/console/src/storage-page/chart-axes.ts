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
