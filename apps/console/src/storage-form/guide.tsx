import { useQuery } from '@tanstack/react-query';
import { BookOpenIcon, ExternalLinkIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Provider } from '../api/types.js';
import { settingsQuery } from '../storages/queries.js';
import { text } from '../text.js';
import { CopyButton } from '../ui/copy-button.js';

/** What to do at the provider before the form can be filled in. */
export function Guide({ provider, children }: { provider: Provider; children?: ReactNode }) {
  const { steps, link } = text.guides[provider];
  const addresses = useQuery(settingsQuery).data?.egress_ips ?? [];
  return (
    <section className="card guide">
      <h2>
        <BookOpenIcon size={16} aria-hidden />
        {text.form.guide}
      </h2>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {link && (
        <a href={link.href} target="_blank" rel="noreferrer">
          {link.label}
          <ExternalLinkIcon size={14} aria-hidden />
        </a>
      )}
      {children}
      {addresses.length > 0 && (
        <div className="egress">
          <p>{text.form.letIn}</p>
          <code>{addresses.join(', ')}</code>
          <CopyButton value={addresses.join('\n')} />
        </div>
      )}
    </section>
  );
}
