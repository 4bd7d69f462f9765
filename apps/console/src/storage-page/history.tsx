import { useQuery } from '@tanstack/react-query';
import { lazy } from 'react';
import { api, dataOf } from '../api/client.js';
import type { HealthPoint, StorageConfig, UsagePoint } from '../api/types.js';
import { formatBytes, formatCount } from '../format/bytes.js';
import { text } from '../text.js';
import { ChartFrame } from './chart-frame.js';

const UsageChart = lazy(() => import('./usage-chart.js'));
const HealthChart = lazy(() => import('./health-chart.js'));

/** Below this a chart says less than the numbers above it. */
const FEWEST_POINTS = 2;

export function History({ config, organizationId }: { config: StorageConfig; organizationId: string }) {
  const usage = useHistory(config, organizationId, 'usage')?.usage ?? [];
  const health = useHistory(config, organizationId, 'health')?.health ?? [];
  return (
    <section className="card">
      <h2>{text.storage.history}</h2>
      <div className="charts">
        <ChartFrame
          title={text.storage.healthOverTime}
          summary={summaryOf(health, describeHealth)}
          empty={text.storage.noHealthYet}
        >
          <HealthChart points={health} />
        </ChartFrame>
        <ChartFrame
          title={text.storage.usageOverTime}
          summary={summaryOf(usage, describeUsage)}
          empty={text.storage.noUsageYet}
        >
          <UsageChart points={usage} />
        </ChartFrame>
      </div>
    </section>
  );
}

function summaryOf<T>(points: T[], describe: (points: T[]) => string): string | null {
  return points.length < FEWEST_POINTS ? null : describe(points);
}

function describeHealth(points: HealthPoint[]): string {
  const failed = points.filter(({ status }) => status === 'failing').length;
  return text.storage.healthSummary(formatCount(points.length), formatCount(failed));
}

function describeUsage(points: UsagePoint[]): string {
  const sizeAt = (index: number) => formatBytes(points.at(index)?.measured_size_bytes ?? 0);
  return text.storage.usageSummary(sizeAt(0), sizeAt(-1));
}

function useHistory({ id }: StorageConfig, organizationId: string, kind: 'usage' | 'health') {
  return useQuery({
    queryKey: ['owner', organizationId, 'history', id, kind],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/v1/backups/storage-configs/{id}/history', {
          params: { path: { id }, query: { kind } },
          signal,
        }),
      ),
  }).data;
}
