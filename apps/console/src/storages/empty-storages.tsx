import { useQuery } from '@tanstack/react-query';
import { ArchiveIcon, SparklesIcon } from 'lucide-react';
import { text } from '../text.js';
import { useOwner } from './owner.js';
import { settingsQuery } from './queries.js';

export function EmptyStorages() {
  const { organizationId } = useOwner();
  const settings = useQuery(settingsQuery).data;
  return (
    <section className="empty">
      <span className="empty-picture">
        <ArchiveIcon size={28} aria-hidden />
      </span>
      <h2>{text.storages.empty.title}</h2>
      <p>{text.storages.empty.why}</p>
      {organizationId !== null && settings?.has_default_storage && <p>{text.storages.platformDefault}</p>}
      <p className="recommendation">
        <SparklesIcon size={16} aria-hidden />
        {text.storages.empty.recommendation}
      </p>
    </section>
  );
}
