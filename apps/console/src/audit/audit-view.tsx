import { useInfiniteQuery } from '@tanstack/react-query';
import { usePolling } from '../live/liveness.js';
import { useOwner } from '../storages/owner.js';
import { useStorages } from '../storages/queries.js';
import { text } from '../text.js';
import { BackLink } from '../ui/back-link.js';
import { Loading } from '../ui/loading.js';
import { PageTitle } from '../ui/page-title.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { ShowMore } from '../ui/show-more.js';
import { AuditTable } from './audit-table.js';
import './audit.css';

/** Who did what, to an organization's storages or on the platform, the newest first. */
export default function AuditView() {
  const owner = useOwner();
  const refetchInterval = usePolling();
  const isPlatform = owner.organizationId === null;
  const storages = useStorages();
  const audit = useInfiniteQuery({
    queryKey: ['owner', owner.key, 'audit'],
    queryFn: ({ pageParam, signal }) => owner.audit(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval,
  });
  // With the names of the storages, so that no id turns into one.
  const entries = storages.isPending ? undefined : audit.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <BackLink label={isPlatform ? text.navigation.platform : text.navigation.back} />
      <PageTitle>{text.audit.title}</PageTitle>
      <p className="lead">{isPlatform ? text.audit.platformLead : text.audit.lead}</p>
      {audit.error && <ProblemNotice error={audit.error} onRetry={() => void audit.refetch()} />}
      {(audit.isPending || storages.isPending) && <Loading />}
      {entries && (
        <section className="card audit" aria-label={text.audit.title}>
          {entries.length === 0 ? (
            <p className="muted">{text.audit.nothing}</p>
          ) : (
            <AuditTable entries={entries} storages={storages.data ?? []} />
          )}
          <ShowMore pages={audit} />
        </section>
      )}
    </>
  );
}
