import type { StorageProvider, StorageSettings } from '../api/types.js';
import { ProviderIcon } from '../storages/provider-icon.js';
import { text } from '../text.js';

interface ProviderCardsProps {
  providers: StorageProvider[];
  settings: StorageSettings | undefined;
  onChoose: (provider: StorageProvider) => void;
}

/** The recommended one first, then as the API orders them. */
export function ProviderCards({ providers, settings, onChoose }: ProviderCardsProps) {
  const ordered = providers.toSorted((one, other) => Number(other.recommended) - Number(one.recommended));
  const isEnabled = ({ provider }: StorageProvider) => settings?.enabled_providers.includes(provider) ?? true;
  return (
    <>
      <ul className="provider-cards">
        {ordered.map((provider) => (
          <li key={provider.provider}>
            <ProviderCard provider={provider} enabled={isEnabled(provider)} onChoose={() => onChoose(provider)} />
          </li>
        ))}
      </ul>
      <FeatureComparison providers={ordered} />
    </>
  );
}

interface ProviderCardProps {
  provider: StorageProvider;
  enabled: boolean;
  onChoose: () => void;
}

function ProviderCard({ provider: { provider, label, recommended, facts }, enabled, onChoose }: ProviderCardProps) {
  return (
    <div className={`card provider-card ${recommended ? 'recommended' : ''}`}>
      <div className="provider-card-head">
        <ProviderIcon provider={provider} />
        <button type="button" className="provider-choice" disabled={!enabled} onClick={onChoose}>
          {label}
        </button>
        {recommended && <span className="badge accent">{text.form.recommended}</span>}
      </div>
      <p className="muted">{enabled ? facts.notes : text.form.switchedOff}</p>
      <dl className="provider-facts">
        <div>
          <dt>{text.form.bestFor}</dt>
          <dd>{facts.best_for}</dd>
        </div>
        <div>
          <dt>{text.form.cost}</dt>
          <dd>{facts.cost}</dd>
        </div>
        <div>
          <dt>{text.form.egress}</dt>
          <dd>{facts.egress_fees}</dd>
        </div>
        <div>
          <dt>{text.form.setup}</dt>
          <dd>{facts.setup_complexity}</dd>
        </div>
      </dl>
    </div>
  );
}

function FeatureComparison({ providers }: { providers: StorageProvider[] }) {
  const features = Object.keys(providers[0]?.facts.features ?? {});
  return (
    <details className="comparison">
      <summary>{text.form.compare}</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={text.form.compare}>
        <table>
          <thead>
            <tr>
              <th scope="col">{text.form.feature}</th>
              {providers.map(({ provider, label }) => (
                <th scope="col" key={provider}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {features.map((feature) => (
              <tr key={feature}>
                <th scope="row">{text.form.features[feature] ?? feature}</th>
                {providers.map(({ provider, facts }) => (
                  <td key={provider}>{(facts.features as Record<string, string>)[feature]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
