import type { AuditEntry, StorageConfig } from '../api/types.js';
import { formatTime } from '../format/time.js';
import { text } from '../text.js';
import { describeDetail } from './describe-detail.js';

interface AuditTableProps {
  entries: AuditEntry[];
  /** Those that still are, to call them by their names. */
  storages: StorageConfig[];
}

export function AuditTable({ entries, storages }: AuditTableProps) {
  const names = new Map(storages.map(({ id, name }) => [id, name]));
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={text.audit.title}>
      <table>
        <thead>
          <tr>
            {Object.values(text.audit.columns).map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <AuditRow key={entry.id} entry={entry} storage={nameOf(entry, names)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AuditRow({ entry, storage }: { entry: AuditEntry; storage: string }) {
  const { created_at, actor, action, outcome, ip, detail } = entry;
  return (
    <tr>
      <td>
        <time dateTime={created_at}>{formatTime(created_at)}</time>
      </td>
      <th scope="row">
        {text.audit.actions[action] ?? action}
        {outcome !== 'ok' && <span className="badge warning">{outcome}</span>}
      </th>
      <td className="audit-storage">{storage}</td>
      <td className="audit-detail">{describeDetail(detail)}</td>
      <td>{actor}</td>
      <td className="identifier">{ip ?? text.facts.none}</td>
    </tr>
  );
}

/** A storage that is gone is called as it was when it was deleted, else by its id. */
function nameOf({ storage_config_id: id, detail }: AuditEntry, names: Map<string, string>): string {
  if (id === null) return text.facts.none;
  const recorded = (detail as Record<string, unknown>)['name'];
  return names.get(id) ?? (typeof recorded === 'string' ? recorded : id);
}
