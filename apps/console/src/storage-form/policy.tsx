import { useMutation } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.js';
import type { LeastPrivilegePolicy, StorageProvider } from '../api/types.js';
import { text } from '../text.js';
import { CopyButton } from '../ui/copy-button.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { policyBody } from './request-body.js';
import type { StorageForm } from './use-storage-form.js';

interface PolicyProps {
  provider: StorageProvider;
  form: StorageForm;
  organizationId: string;
}

/** The least that a key needs for the bucket and folder that stand in the form, to copy to the provider. */
export function Policy({ provider, form, organizationId }: PolicyProps) {
  const policy = useMutation({
    mutationFn: async () =>
      dataOf(
        await api.POST('/api/v1/backups/storage-tools/policy', {
          params: { query: { organization_id: organizationId } },
          body: policyBody(provider, form.getValues()),
        }),
      ),
  });
  return (
    <div className="policy" aria-live="polite">
      <button type="button" className="button small" disabled={policy.isPending} onClick={() => policy.mutate()}>
        {text.form.policy}
      </button>
      {policy.error && <ProblemNotice error={policy.error} />}
      {policy.data && <Documents policy={policy.data} />}
    </div>
  );
}

function Documents({ policy: { explanation, documents, optional } }: { policy: LeastPrivilegePolicy }) {
  return (
    <>
      <p className="muted">{explanation}</p>
      {documents.map(({ title, content }) => (
        <div key={title}>
          <div className="section-head">
            <h3>{title}</h3>
            <CopyButton value={content} />
          </div>
          <pre tabIndex={0} aria-label={title}>
            {content}
          </pre>
        </div>
      ))}
      {optional.length > 0 && (
        <>
          <p className="muted">{text.form.policyOptional}</p>
          <ul>
            {optional.map(({ permission, lost }) => (
              <li key={permission}>
                <code>{permission}</code>: {lost}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
