import { memo, useId } from 'react';
import type { StorageConfig } from '../api/types.js';
import { TestPanel } from '../connection-test/test-panel.js';
import { show } from '../navigation.js';
import { placeHref, readPlace } from '../place.js';
import { text } from '../text.js';
import { placeOf } from './arrange.js';
import { HealthReason } from './health.js';
import { MoreActions } from './more-actions.js';
import { useMay } from './owner.js';
import { ProviderIcon } from './provider-icon.js';
import { useProvider } from './queries.js';
import { useStorageActions } from './storage-actions.js';
import { StorageBadges } from './storage-badges.js';
import { StorageFacts } from './storage-facts.js';

/** Drawn again only when its storage changes: a long list that scrolls draws itself at each frame. */
export const StorageCard = memo(function StorageCard({ config }: { config: StorageConfig }) {
  const nameId = useId();
  const { tests } = useStorageActions();
  const run = tests.runs[config.id];
  return (
    <article className="card storage" aria-labelledby={nameId}>
      <div className="storage-head">
        <ProviderIcon provider={config.provider} />
        <div className="storage-names">
          <h2 id={nameId}>
            <StorageLink config={config} />
          </h2>
          <StorageBadges config={config} />
          <p className="storage-place">
            <ProviderLabel config={config} /> · <span className="place">{placeOf(config)}</span>
          </p>
        </div>
        <CardActions config={config} nameId={nameId} />
      </div>
      <StorageFacts config={config} />
      {run ? <TestPanel run={run} config={config} /> : <HealthReason config={config} />}
    </article>
  );
});

function StorageLink({ config: { id, name } }: { config: StorageConfig }) {
  const view = { name: 'storage', id } as const;
  return (
    <a
      href={placeHref({ ...readPlace(location.search), view })}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        show(view);
      }}
    >
      {name}
    </a>
  );
}

function ProviderLabel({ config }: { config: StorageConfig }) {
  return <>{useProvider(config.provider)?.label ?? config.provider}</>;
}

/** The name of the storage describes its buttons, so that each keeps the label of the documentation. */
function CardActions({ config, nameId }: { config: StorageConfig; nameId: string }) {
  const { tests, test, ask } = useStorageActions();
  const mayUpdate = useMay('org.storage.update');
  return (
    <div className="storage-actions">
      {mayUpdate && config.is_active && !config.is_default && (
        <button type="button" className="button quiet" aria-describedby={nameId} onClick={() => ask('default', config)}>
          {text.storages.setDefault}
        </button>
      )}
      <button
        type="button"
        className="button"
        aria-describedby={nameId}
        disabled={tests.runs[config.id]?.running}
        onClick={() => void test(config)}
      >
        {text.storages.test}
      </button>
      <MoreActions config={config} nameId={nameId} />
    </div>
  );
}
