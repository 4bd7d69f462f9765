import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { api, dataOf } from '../api/client.js';
import type { StorageConfig } from '../api/types.js';
import { text } from '../text.js';

const UsageChart = lazy(() => import('./usage-chart.js'));
const HealthChart = lazy(() => import('./health-chart.js'));

/** Below this a chart says less than the numbers above it. */
const FEWEST_POINTS = 2;

export function History({ config, organizationId }: { config: StorageConfig; organizationId: string }) {
  const usage = useHistory(config, organizationId, 'usage')?.usage ?? [];
  const health = useHistory(config, organizationId, 'health')?.health ?? [];
  const hasUsage = usage.length >= FEWEST_POINTS;
  const hasHealth = health.length >= FEWEST_POINTS;
  return (
    <section className="card">
      <h2>{text.storage.history}</h2>
      {!hasUsage && !hasHealth && <p className="muted">{text.storage.noHistory}</p>}
      <Suspense fallback={<div className="charts" />}>
        <div className="charts">
          {hasHealth && <HealthChart points={health} />}
          {hasUsage && <UsageChart points={usage} />}
        </div>
      </Suspense>
    </section>
  );
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
