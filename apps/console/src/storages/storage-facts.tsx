import type { ReactNode } from 'react';
import type { StorageConfig } from '../api/types.js';
import { formatBytes, formatCount } from '../format/bytes.js';
import { formatAgo, formatTime } from '../format/time.js';
import { useMinute } from '../format/use-minute.js';
import { text } from '../text.js';
import { HealthStatus } from './health.js';

/** The numbers of a storage, the same on its card and on its page. */
export function StorageFacts({ config }: { config: StorageConfig }) {
  useMinute();
  const { health, credentials } = config;
  return (
    <dl className="facts">
      <Fact label={text.facts.health}>
        <HealthStatus health={health} />
      </Fact>
      <Fact label={text.facts.latency}>
        {health.latency_ms === null ? text.facts.none : text.facts.milliseconds(health.latency_ms)}
      </Fact>
      <Fact label={text.facts.size}>{formatBytes(config.total_size_bytes)}</Fact>
      <Fact label={text.facts.backups}>{formatCount(config.object_count)}</Fact>
      <Fact label={text.facts.lastUsed}>
        {config.last_used_at === null ? text.facts.never : <Time time={config.last_used_at} />}
      </Fact>
      <Fact label={text.facts.credentials}>
        {text.facts.age(credentials.age_days)}
        {credentials.rotation_due && <span className="badge warning">{text.facts.rotationDue}</span>}
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Time({ time }: { time: string }) {
  return (
    <time dateTime={time} title={formatTime(time)}>
      {formatAgo(time)}
    </time>
  );
}
