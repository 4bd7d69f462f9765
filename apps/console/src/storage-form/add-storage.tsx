import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { StorageProvider } from '../api/types.js';
import { providersQuery, settingsQuery, useStorages } from '../storages/queries.js';
import { BackLink } from '../ui/back-link.js';
import { text } from '../text.js';
import { Loading } from '../ui/loading.js';
import { PageTitle } from '../ui/page-title.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { NewStorageForm } from './new-storage-form.js';
import { ProviderCards } from './provider-cards.js';
import './storage-form.css';

/** First the kind of storage, then its form. */
export default function AddStorage() {
  const providers = useQuery(providersQuery);
  const settings = useQuery(settingsQuery);
  const storages = useStorages();
  const [chosen, setChosen] = useState<StorageProvider | null>(null);

  if (providers.error) return <ProblemNotice error={providers.error} onRetry={() => void providers.refetch()} />;
  if (!providers.data || storages.isPending) return <Loading />;
  if (chosen) {
    return <NewStorageForm provider={chosen} configs={storages.data ?? []} onOtherProvider={() => setChosen(null)} />;
  }
  return (
    <>
      <BackLink />
      <PageTitle>{text.form.chooseTitle}</PageTitle>
      <p className="lead">{text.form.chooseLead}</p>
      <ProviderCards providers={providers.data} settings={settings.data} onChoose={setChosen} />
    </>
  );
}
