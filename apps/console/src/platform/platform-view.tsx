import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';
import type { Provider, StorageSettings } from '../api/types.js';
import { providersQuery, settingsQuery } from '../storages/queries.js';
import { AddButton, Storages } from '../storages/storages-view.js';
import { text } from '../text.js';
import { announce } from '../ui/announcements.js';
import { Loading } from '../ui/loading.js';
import { PageTitle } from '../ui/page-title.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { Networks } from './networks.js';
import './platform.css';

export default function PlatformView() {
  const settings = useQuery(settingsQuery);
  return (
    <>
      <PageTitle>{text.platform.title}</PageTitle>
      <p className="lead">{text.platform.lead}</p>
      {settings.error && <ProblemNotice error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data ? <Settings settings={settings.data} /> : <Loading />}
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
    mutationFn: async (body: { enabled_providers?: Provider[]; allow_org_byos?: boolean }) =>
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

  return (
    <section className="card platform-settings">
      <h2>{text.platform.offer}</h2>
      {update.error && <ProblemNotice error={update.error} />}
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
      <fieldset disabled={update.isPending}>
        <legend>{text.platform.providers}</legend>
        <p className="field-help">{text.platform.providersHelp}</p>
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
