import { useMutation } from '@tanstack/react-query';
import { RefreshCwIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { api, dataOf } from '../api/client.js';
import type { Operation, StorageConfig } from '../api/types.js';
import { formatBytes, formatCount } from '../format/bytes.js';
import { formatAgo } from '../format/time.js';
import { useRefreshStorages } from '../storages/queries.js';
import { text } from '../text.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { isMoving, useOperation } from './use-operation.js';

type Measured = NonNullable<StorageConfig['measured']>;

export function Usage({ config }: { config: StorageConfig }) {
  const refreshStorages = useRefreshStorages();
  const [operationId, setOperationId] = useState<string | null>(null);
  const operation = useOperation(operationId);
  const request = useMutation({
    mutationFn: async () =>
      dataOf(
        await api.POST('/api/v1/backups/storage-configs/{id}/usage/refresh', { params: { path: { id: config.id } } }),
      ),
    onSuccess: ({ id }) => setOperationId(id),
  });
  const moving = request.isPending || (operationId !== null && (!operation || isMoving(operation)));
  const succeeded = operation?.status === 'succeeded';
  useEffect(() => {
    if (succeeded) void refreshStorages();
    // Once for each refresh, not whenever the page is drawn: so not for another refreshStorages.
  }, [succeeded, operationId]);

  return (
    <section className="card">
      <div className="section-head">
        <h2>{text.storage.usage}</h2>
        <button type="button" className="button small" disabled={moving} onClick={() => request.mutate()}>
          <RefreshCwIcon size={14} aria-hidden />
          {text.storage.refresh}
        </button>
      </div>
      <UsageProgress operation={operation} moving={moving} expected={config.measured?.object_count ?? null} />
      {request.error && <ProblemNotice error={request.error} />}
      <dl className="usage">
        <div>
          <dt>{text.storage.recorded}</dt>
          <dd className="usage-size">{formatBytes(config.total_size_bytes)}</dd>
          <dd className="muted">{text.storage.backupsCount(formatCount(config.object_count))}</dd>
        </div>
        <div>
          <dt>{text.storage.measured}</dt>
          <MeasuredSize measured={config.measured} />
        </div>
        <div className="usage-drift">
          <dt>{text.storage.drift}</dt>
          <dd>{config.measured ? describeDrift(config.measured) : text.storage.driftUnknown}</dd>
        </div>
      </dl>
    </section>
  );
}

function MeasuredSize({ measured }: { measured: Measured | null }) {
  if (!measured) {
    return (
      <>
        <dd className="usage-size">{text.facts.none}</dd>
        <dd className="muted">{text.storage.neverMeasured}</dd>
      </>
    );
  }
  return (
    <>
      <dd className="usage-size">{formatBytes(measured.size_bytes)}</dd>
      <dd className="muted">
        {text.storage.objects(formatCount(measured.object_count))},{' '}
        {text.storage.measuredAgo(formatAgo(measured.measured_at))}
      </dd>
    </>
  );
}

interface UsageProgressProps {
  operation: Operation | undefined;
  moving: boolean;
  /** Objects counted last time: what to expect now. */
  expected: number | null;
}

/** Keeps its place from the start, so that nothing moves when it appears. */
function UsageProgress({ operation, moving, expected }: UsageProgressProps) {
  const progress = operation?.progress ?? { objects: 0, bytes: 0 };
  const known = expected !== null && expected >= progress.objects && expected > 0;
  const failed = operation && !isMoving(operation) && operation.status !== 'succeeded';
  return (
    <div className="usage-progress">
      {moving && (
        <>
          <progress aria-label={text.storage.refreshing} {...(known && { value: progress.objects, max: expected })} />
          <span className="muted">
            {text.storage.counted(formatCount(progress.objects), formatBytes(progress.bytes))}
          </span>
        </>
      )}
      {failed && (
        <span className="danger-text" role="alert">
          {text.storage.refreshFailed}: {operation.error?.detail ?? operation.status}
        </span>
      )}
    </div>
  );
}

function describeDrift({ drift }: Measured): string {
  if (drift.size_bytes === 0) return text.storage.noDrift;
  const size = formatBytes(Math.abs(drift.size_bytes));
  return drift.size_bytes > 0 ? text.storage.moreThanRecorded(size) : text.storage.lessThanRecorded(size);
}
