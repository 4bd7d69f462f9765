import { CartesianGrid, ComposedChart, Line, Scatter, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { HealthPoint } from '../api/types.js';
import { formatTime } from '../format/time.js';
import { text } from '../text.js';
import { onTimeAxis, timeAxis, valueAxis } from './chart-axes.js';

/** The latency of each test that passed; one that failed is a mark on the floor of the chart. */
export default function HealthChart({ points }: { points: HealthPoint[] }) {
  const data = onTimeAxis(points).map((point) => ({ ...point, failed: point.status === 'failing' ? 0 : null }));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart data={data} accessibilityLayer={false}>
        <CartesianGrid vertical={false} />
        <XAxis {...timeAxis} />
        <YAxis {...valueAxis} tickFormatter={text.facts.milliseconds} />
        <Tooltip
          labelFormatter={(time) => formatTime(new Date(Number(time)).toISOString())}
          formatter={(value, name) =>
            name === text.storage.series.failed ? '' : text.facts.milliseconds(Number(value))
          }
        />
        <Line
          className="chart-line"
          dataKey="latency_ms"
          name={text.storage.series.latency}
          connectNulls
          dot={points.length < 60}
          isAnimationActive={false}
        />
        <Scatter
          className="chart-failures"
          dataKey="failed"
          name={text.storage.series.failed}
          isAnimationActive={false}
        />
      </ComposedChart>
    </ResponsiveContainer>
  );
}
