import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Trash2Icon } from 'lucide-react';
import { useState } from 'react';
import { api, dataOf } from '../api/client.js';
import { pageOf } from '../api/page.js';
import type { Backup, StorageConfig } from '../api/types.js';
import { formatBytes } from '../format/bytes.js';
import { formatTime } from '../format/time.js';
import { usePolling } from '../live/liveness.js';
import { useMay } from '../storages/owner.js';
import { text } from '../text.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { Loading } from '../ui/loading.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { ShowMore } from '../ui/show-more.js';
import { useOperation } from './use-operation.js';

const BASE = '/api/v1/backups';
const PAGE = 50;

export function Backups({ config, organizationId }: { config: StorageConfig; organizationId: string }) {
  const refetchInterval = usePolling();
  const backups = useInfiniteQuery({
    queryKey: ['owner', organizationId, 'backups', config.id],
    queryFn: async ({ pageParam: cursor, signal }) =>
      pageOf(
        await api.GET(`${BASE}/organization/{organization_id}/backups`, {
          params: {
            path: { organization_id: organizationId },
            query: { storage_config_id: config.id, limit: PAGE, cursor },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval,
  });
  return (
    <section className="card">
      <h2>{text.storage.backups}</h2>
      {backups.error && <ProblemNotice error={backups.error} onRetry={() => void backups.refetch()} />}
      {backups.isPending && <Loading />}
      {backups.data && <BackupTable backups={backups.data.pages.flatMap(({ items }) => items)} />}
      <ShowMore pages={backups} />
    </section>
  );
}

function BackupTable({ backups }: { backups: Backup[] }) {
  const mayDelete = useMay('org.storage.delete');
  if (backups.length === 0) return <p className="muted">{text.storage.noBackups}</p>;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={text.storage.backups}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.storage.backup.completed}</th>
            <th scope="col">{text.storage.backup.environment}</th>
            <th scope="col">{text.storage.backup.size}</th>
            <th scope="col">{text.storage.backup.status}</th>
            {mayDelete && (
              <th scope="col">
                <span className="visually-hidden">{text.storage.backup.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {backups.map((backup) => (
            <BackupRow key={backup.id} backup={backup} mayDelete={mayDelete} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function BackupRow({ backup, mayDelete }: { backup: Backup; mayDelete: boolean }) {
  return (
    <tr>
      <th scope="row">{backup.completed_at === null ? text.facts.none : formatTime(backup.completed_at)}</th>
      <td className="identifier">{backup.environment_id ?? text.facts.none}</td>
      <td>{formatBytes(backup.size_bytes)}</td>
      <td>{text.storage.backupStatus[backup.status]}</td>
      {mayDelete && (
        <td>
          <DeleteBackup backup={backup} />
        </td>
      )}
    </tr>
  );
}

function DeleteBackup({ backup }: { backup: Backup }) {
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: async () =>
      dataOf(await api.DELETE(`${BASE}/{backup_id}`, { params: { path: { backup_id: backup.id } } })),
    onSuccess: () => setAsking(false),
  });
  const operation = useOperation(remove.data?.id ?? null);
  if (operation?.status === 'failed') return <span className="danger-text">{operation.error?.detail}</span>;
  if (remove.data) return <span className="muted">{text.storage.deletingBackup}</span>;
  return (
    <>
      <button
        type="button"
        className="button icon quiet"
        aria-label={text.storage.deleteBackup}
        disabled={backup.status === 'running'}
        onClick={() => setAsking(true)}
      >
        <Trash2Icon size={16} aria-hidden />
      </button>
      {asking && (
        <ConfirmDialog
          dangerous
          title={text.confirm.deleteBackupTitle}
          confirm={text.storage.deleteBackup}
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking(false)}
        >
          {text.confirm.deleteBackup(formatBytes(backup.size_bytes))}
        </ConfirmDialog>
      )}
    </>
  );
}
