import type { StorageConfig } from '../api/types.js';
import { formatAgo } from '../format/time.js';
import { text } from '../text.js';

type Health = StorageConfig['health'];

/** How it is, and since when. */
export function HealthStatus({ health }: { health: Health }) {
  return (
    <span className={`health ${health.status}`}>
      <span className="health-dot" aria-hidden />
      <span className="health-name">{text.health[health.status]}</span>
      <span className="health-since">{sinceOf(health)}</span>
    </span>
  );
}

/** Why it is not well, and what to do. Nothing to say of a storage that is. */
export function HealthReason({ config: { health } }: { config: StorageConfig }) {
  if (health.status !== 'failing' && health.status !== 'degraded') return null;
  if (health.message === null) return null;
  return (
    <div className={`reason ${health.status}`}>
      <p>{health.message}</p>
      {health.hint !== null && <p className="muted">{health.hint}</p>}
    </div>
  );
}

function sinceOf({ status, failing_since, checked_at }: Health): string {
  if (status === 'failing' && failing_since !== null) return text.facts.since(formatAgo(failing_since));
  return checked_at === null ? '' : text.facts.checked(formatAgo(checked_at));
}
