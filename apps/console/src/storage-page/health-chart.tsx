import { CartesianGrid, ComposedChart, Line, Scatter, Tooltip, XAxis, YAxis } from 'recharts';
import type { HealthPoint } from '../api/types.js';
import { formatCount } from '../format/bytes.js';
import { formatTime } from '../format/time.js';
import { text } from '../text.js';
import { ChartFrame, onTimeAxis, timeAxis, valueAxis } from './chart-frame.js';

/** The latency of each test that passed; one that failed is a mark on the floor of the chart. */
export default function HealthChart({ points }: { points: HealthPoint[] }) {
  const failed = points.filter(({ status }) => status === 'failing').length;
  const data = onTimeAxis(points).map((point) => ({ ...point, failed: point.status === 'failing' ? 0 : null }));
  return (
    <ChartFrame
      title={text.storage.healthOverTime}
      summary={text.storage.healthSummary(formatCount(points.length), formatCount(failed))}
    >
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
    </ChartFrame>
  );
}
