import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';
import type { Provider, StorageSettings, UpdateStorageSettings } from '../api/types.js';
import { OpenAudit } from '../audit/open-audit.js';
import { providersQuery, settingsQuery } from '../storages/queries.js';
import { AddButton, Storages } from '../storages/storages-view.js';
import { text } from '../text.js';
import { announce } from '../ui/announcements.js';
import { Loading } from '../ui/loading.js';
import { PageTitle } from '../ui/page-title.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { Networks, networksQuery } from './networks.js';
import './platform.css';

export default function PlatformView() {
  const settings = useQuery(settingsQuery);
  const pending = [settings.isPending, useQuery(providersQuery).isPending, useQuery(networksQuery).isPending];
  // All at once, so that nothing moves when the next part comes.
  const isLoading = pending.includes(true);
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle>{text.platform.title}</PageTitle>
          <p className="lead">{text.platform.lead}</p>
        </div>
        <OpenAudit />
      </div>
      {isLoading ? <Loading /> : <Sections settings={settings} />}
    </>
  );
}

function Sections({ settings }: { settings: UseQueryResult<StorageSettings> }) {
  return (
    <>
      {settings.error && <ProblemNotice error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data && <Settings settings={settings.data} />}
      <Networks />
      <div className="page-head platform-storages">
        <div>
          <h2>{text.storages.platformTitle}</h2>
          <p className="muted">{text.storages.platformLead}</p>
        </div>
        <AddButton />
      </div>
      <Storages />
    </>
  );
}

function Settings({ settings }: { settings: StorageSettings }) {
  const providers = useQuery(providersQuery).data ?? [];
  const queries = useQueryClient();
  const update = useMutation({
    mutationFn: async (body: UpdateStorageSettings) =>
      dataOf(await api.PATCH('/api/v1/backups/storage-settings', { body })),
    onSuccess: (changed) => {
      queries.setQueryData(settingsQuery.queryKey, changed);
      announce(text.platform.saved);
    },
  });

  const enable = (provider: Provider, enabled: boolean) => {
    const others = settings.enabled_providers.filter((known) => known !== provider);
    update.mutate({ enabled_providers: enabled ? [...others, provider] : others });
  };

  // Beside what was refused: it may be fixed by the environment while the other is not.
  const refusalOf = (field: keyof UpdateStorageSettings) =>
    update.error && update.variables && field in update.variables && <ProblemNotice error={update.error} />;

  return (
    <section className="card platform-settings">
      <h2>{text.platform.offer}</h2>
      <label className="switch-row">
        <input
          type="checkbox"
          role="switch"
          className="switch"
          checked={settings.allow_org_byos}
          disabled={update.isPending}
          onChange={({ target }) => update.mutate({ allow_org_byos: target.checked })}
        />
        <span>
          <span className="switch-label">{text.platform.byos}</span>
          <span className="field-help">{text.platform.byosHelp}</span>
        </span>
      </label>
      {refusalOf('allow_org_byos')}
      <fieldset disabled={update.isPending}>
        <legend>{text.platform.providers}</legend>
        <p className="field-help">{text.platform.providersHelp}</p>
        {refusalOf('enabled_providers')}
        <div className="provider-switches">
          {providers.map(({ provider, label }) => (
            <label key={provider} className="switch-row">
              <input
                type="checkbox"
                role="switch"
                className="switch"
                checked={settings.enabled_providers.includes(provider)}
                onChange={({ target }) => enable(provider, target.checked)}
              />
              {label}
            </label>
          ))}
        </div>
      </fieldset>
      <div>
        <h3>{text.platform.egress}</h3>
        <p className="field-help">{text.platform.egressHelp}</p>
        {settings.egress_ips.length > 0 ? (
          <code>{settings.egress_ips.join(', ')}</code>
        ) : (
          <p className="muted">{text.platform.noEgress}</p>
        )}
      </div>
    </section>
  );
}
