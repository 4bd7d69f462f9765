import { useQuery } from '@tanstack/react-query';
import { PlusIcon } from 'lucide-react';
import { useState } from 'react';
import type { StorageConfig, StorageSettings } from '../api/types.js';
import { OpenAudit } from '../audit/open-audit.js';
import { useConnectionTests } from '../connection-test/use-connection-tests.js';
import { show } from '../navigation.js';
import { text } from '../text.js';
import { Loading } from '../ui/loading.js';
import { PageTitle } from '../ui/page-title.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { arrange, type Sorting } from './arrange.js';
import { EmptyStorages } from './empty-storages.js';
import { useMay, useOwner } from './owner.js';
import { providersQuery, settingsQuery, useStorages } from './queries.js';
import { StorageActionsProvider } from './storage-actions.js';
import { StorageList } from './storage-list.js';
import { Toolbar } from './toolbar.js';
import './storages.css';

/** From here on a list is searched rather than read. */
const MANY = 8;

export function StoragesView() {
  const { organizationId } = useOwner();
  const isPlatform = organizationId === null;
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle>{isPlatform ? text.storages.platformTitle : text.storages.title}</PageTitle>
          <p className="lead">{isPlatform ? text.storages.platformLead : text.storages.lead}</p>
        </div>
        <div className="page-actions">
          <OpenAudit />
          <AddButton />
        </div>
      </div>
      <Storages />
    </>
  );
}

/** The storages of the owner, or why there are none. Platform storage is shown below the settings of the platform. */
export function Storages() {
  const storages = useStorages();
  const providers = useQuery(providersQuery);
  // The labels of the providers come with the list, so that no word changes in it.
  if (storages.data && !providers.isPending)
    return storages.data.length === 0 ? <EmptyStorages /> : <Filled configs={storages.data} />;
  if (storages.error) return <ProblemNotice error={storages.error} onRetry={() => void storages.refetch()} />;
  return <Loading />;
}

function Filled({ configs }: { configs: StorageConfig[] }) {
  const [query, setQuery] = useState('');
  const [sorting, setSorting] = useState<Sorting>('name');
  const tests = useConnectionTests();
  const shown = arrange(configs, { query, sorting });
  const current = configs.find(({ is_default }) => is_default);
  return (
    <>
      {!current?.is_active && (
        <p className="notice warning">
          {current ? text.storages.defaultInactive(current.name) : text.storages.noDefault}
        </p>
      )}
      {configs.length > MANY && <Toolbar {...{ query, setQuery, sorting, setSorting }} shown={shown.length} />}
      <StorageActionsProvider configs={configs} tests={tests}>
        {shown.length > 0 ? <StorageList configs={shown} /> : <p className="muted">{text.storages.noneFound(query)}</p>}
      </StorageActionsProvider>
    </>
  );
}

export function AddButton() {
  const mayCreate = useMay('org.storage.create');
  const { organizationId } = useOwner();
  const settings = useQuery(settingsQuery).data;
  if (!mayCreate) return null;
  if (organizationId !== null && settings && !settings.allow_org_byos) return <ByosOff settings={settings} />;
  return (
    <button type="button" className="button primary" onClick={() => show({ name: 'add' })}>
      <PlusIcon size={16} aria-hidden />
      {text.storages.add}
    </button>
  );
}

function ByosOff({ settings }: { settings: StorageSettings }) {
  return (
    <p className="muted aside">
      {text.storages.byosOff} {settings.has_default_storage && text.storages.platformDefault}
    </p>
  );
}
