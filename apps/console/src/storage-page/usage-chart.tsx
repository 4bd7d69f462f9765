import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { UsagePoint } from '../api/types.js';
import { formatBytes } from '../format/bytes.js';
import { formatTime } from '../format/time.js';
import { text } from '../text.js';
import { onTimeAxis, timeAxis, valueAxis } from './chart-axes.js';

export default function UsageChart({ points }: { points: UsagePoint[] }) {
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart data={onTimeAxis(points)} accessibilityLayer={false}>
        <CartesianGrid vertical={false} />
        <XAxis {...timeAxis} />
        <YAxis {...valueAxis} tickFormatter={formatBytes} />
        <Tooltip
          labelFormatter={(time) => formatTime(new Date(Number(time)).toISOString())}
          formatter={(bytes) => formatBytes(Number(bytes))}
        />
        <Area
          className="chart-area"
          dataKey="measured_size_bytes"
          name={text.storage.series.measured}
          isAnimationActive={false}
        />
        <Line
          className="chart-line"
          dataKey="total_size_bytes"
          name={text.storage.series.recorded}
          dot={false}
          isAnimationActive={false}
        />
      </ComposedChart>
    </ResponsiveContainer>
  );
}
