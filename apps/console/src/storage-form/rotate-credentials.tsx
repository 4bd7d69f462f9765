import { type SubmitEvent, useState } from 'react';
import type { StorageConfig, StorageProvider } from '../api/types.js';
import { show } from '../navigation.js';
import { useUpdateStorage } from '../storages/queries.js';
import { WithStorage } from '../storages/with-storage.js';
import { text } from '../text.js';
import { announce } from '../ui/announcements.js';
import { forgetUnsaved } from '../unsaved/unsaved.js';
import { BackLink } from '../ui/back-link.js';
import { PageTitle } from '../ui/page-title.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { CredentialsNote } from './credentials-note.js';
import { Guide } from './guide.js';
import { changeBody, createBody, storedValues } from './request-body.js';
import { StorageFields } from './storage-fields.js';
import { TestBeforeSaving } from './test-before-saving.js';
import { useFormTest } from './use-form-test.js';
import { showFieldErrors, useStorageForm } from './use-storage-form.js';
import './storage-form.css';

export default function RotateCredentials({ id }: { id: string }) {
  return (
    <WithStorage id={id}>
      {({ config, provider }) => <RotateForm key={config.id} config={config} provider={provider} />}
    </WithStorage>
  );
}

/** New credentials replace the stored ones only after they have passed the test. */
function RotateForm({ config, provider }: { config: StorageConfig; provider: StorageProvider }) {
  const form = useStorageForm(storedValues(provider, config));
  const update = useUpdateStorage();
  const test = useFormTest(form, () => createBody(provider, form.getValues()));
  const [refusal, setRefusal] = useState<unknown>(null);

  const testAndReplace = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setRefusal(null);
    const result = await test.start();
    if (!result?.success) return;
    update.mutate(
      { config, body: changeBody(provider, form.getValues(), config) },
      {
        onSuccess: ({ name }) => {
          forgetUnsaved();
          announce(text.form.rotated(name));
          show({ name: 'storage', id: config.id });
        },
        onError: (error) => setRefusal(showFieldErrors(form, error)),
      },
    );
  };

  return (
    <>
      <BackLink />
      <PageTitle>{text.form.rotateTitle(config.name)}</PageTitle>
      <p className="lead">{text.form.rotateLead}</p>
      <div className="form-layout">
        <form
          className="storage-form"
          noValidate
          autoComplete="off"
          onSubmit={(event) => void testAndReplace(event)}
          onChange={test.forget}
        >
          <StorageFields provider={provider} form={form} only={({ secret }) => secret} />
          <CredentialsNote />
          {refusal !== null && <ProblemNotice error={refusal} />}
          <div className="form-actions">
            <button type="submit" className="button primary" disabled={update.isPending || test.run?.running}>
              {text.form.rotateNow}
            </button>
          </div>
        </form>
        <aside className="form-aside">
          <TestBeforeSaving test={test} />
          <Guide provider={provider.provider} />
        </aside>
      </div>
    </>
  );
}
