import type { ReactNode } from 'react';
import type { StorageConfig, StorageProvider } from '../api/types.js';
import { text } from '../text.js';
import { BackLink } from '../ui/back-link.js';
import { Loading } from '../ui/loading.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { useProvider, useStorages } from './queries.js';

interface WithStorageProps {
  id: string;
  children: (storage: { config: StorageConfig; configs: StorageConfig[]; provider: StorageProvider }) => ReactNode;
}

/** One of the owner's storages, once it is known, or that there is none. */
export function WithStorage({ id, children }: WithStorageProps) {
  const storages = useStorages();
  const config = storages.data?.find((known) => known.id === id);
  const provider = useProvider(config?.provider ?? 'aws_s3');

  if (config && provider) return children({ config, configs: storages.data!, provider });
  if (storages.error) return <ProblemNotice error={storages.error} onRetry={() => void storages.refetch()} />;
  if (storages.isPending || config) return <Loading />;
  return (
    <>
      <BackLink />
      <p className="notice">{text.errors.gone}</p>
    </>
  );
}
