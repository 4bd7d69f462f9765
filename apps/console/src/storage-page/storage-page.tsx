import type { StorageConfig, StorageProvider } from '../api/types.js';
import { useConnectionTests } from '../connection-test/use-connection-tests.js';
import { TestPanel } from '../connection-test/test-panel.js';
import { formatTime } from '../format/time.js';
import { placeOf } from '../storages/arrange.js';
import { HealthReason } from '../storages/health.js';
import { useMay, useOwner } from '../storages/owner.js';
import { ProviderIcon } from '../storages/provider-icon.js';
import { StorageActionsProvider, useStorageActions } from '../storages/storage-actions.js';
import { StorageBadges } from '../storages/storage-badges.js';
import { StorageFacts } from '../storages/storage-facts.js';
import { MoreActions } from '../storages/more-actions.js';
import { WithStorage } from '../storages/with-storage.js';
import { text } from '../text.js';
import { BackLink } from '../ui/back-link.js';
import { PageTitle } from '../ui/page-title.js';
import { Backups } from './backups.js';
import { History } from './history.js';
import { Usage } from './usage.js';
import '../storages/storages.css';
import './storage-page.css';

const TITLE_ID = 'storage-name';

export default function StoragePage({ id }: { id: string }) {
  const tests = useConnectionTests();
  return (
    <WithStorage id={id}>
      {({ config, configs, provider }) => (
        <StorageActionsProvider configs={configs} tests={tests}>
          <BackLink />
          <Head config={config} provider={provider} />
          <Sections config={config} provider={provider} />
        </StorageActionsProvider>
      )}
    </WithStorage>
  );
}

function Head({ config, provider }: { config: StorageConfig; provider: StorageProvider }) {
  const { tests, test, ask } = useStorageActions();
  const mayUpdate = useMay('org.storage.update');
  const run = tests.runs[config.id];
  return (
    <section className="card storage storage-page-head" aria-labelledby={TITLE_ID}>
      <div className="storage-head">
        <ProviderIcon provider={config.provider} />
        <div className="storage-names" id={TITLE_ID}>
          <PageTitle>{config.name}</PageTitle>
          <StorageBadges config={config} />
          <p className="storage-place">
            {provider.label} · <span className="place">{placeOf(config)}</span>
          </p>
        </div>
        <div className="storage-actions">
          {mayUpdate && config.is_active && !config.is_default && (
            <button type="button" className="button quiet" onClick={() => ask('default', config)}>
              {text.storages.setDefault}
            </button>
          )}
          <button type="button" className="button" disabled={run?.running} onClick={() => void test(config)}>
            {text.storages.test}
          </button>
          <MoreActions config={config} nameId={TITLE_ID} />
        </div>
      </div>
      <StorageFacts config={config} />
      {run ? <TestPanel run={run} config={config} /> : <HealthReason config={config} />}
    </section>
  );
}

/** The platform's own storages have neither usage refresh nor a list of backups over REST. */
function Sections({ config, provider }: { config: StorageConfig; provider: StorageProvider }) {
  const { organizationId } = useOwner();
  return (
    <div className="storage-sections">
      {organizationId !== null && (
        <div className="storage-main">
          <Usage config={config} />
          <History config={config} organizationId={organizationId} />
          <Backups config={config} organizationId={organizationId} />
        </div>
      )}
      <Configuration config={config} provider={provider} />
    </div>
  );
}

function Configuration({ config, provider }: { config: StorageConfig; provider: StorageProvider }) {
  const values = config as unknown as Record<string, unknown>;
  const shown = provider.fields.filter(({ name, secret, kind }) => !secret && kind !== 'multiline' && values[name]);
  const { access_key_hint: hint, updated_at } = config.credentials;
  return (
    <section className="card configuration">
      <h2>{text.storage.facts}</h2>
      <dl>
        {shown.map(({ name, label }) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>{String(values[name])}</dd>
          </div>
        ))}
        <div>
          <dt>{text.facts.credentials}</dt>
          <dd>
            {hint !== null && <code>…{hint}</code>} {text.storage.since(formatTime(updated_at))}
          </dd>
        </div>
        <div>
          <dt>{text.storage.createdAt}</dt>
          <dd>{formatTime(config.created_at)}</dd>
        </div>
      </dl>
    </section>
  );
}
