import { type SubmitEvent, useState } from 'react';
import type { StorageConfig, StorageProvider } from '../api/types.js';
import { show } from '../navigation.js';
import { useOwner } from '../storages/owner.js';
import { ProviderIcon } from '../storages/provider-icon.js';
import { useCreateStorage } from '../storages/queries.js';
import { text } from '../text.js';
import { announce } from '../ui/announcements.js';
import { forgetUnsaved, leave } from '../unsaved/unsaved.js';
import { BackLink } from '../ui/back-link.js';
import { PageTitle } from '../ui/page-title.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { CredentialsNote } from './credentials-note.js';
import { FormField } from '../ui/form-field.js';
import { Guide } from './guide.js';
import { Policy } from './policy.js';
import { newIdempotencyKey } from './idempotency-key.js';
import { createBody, emptyValues } from './request-body.js';
import { StorageFields } from './storage-fields.js';
import { TestBeforeSaving } from './test-before-saving.js';
import { useFormTest } from './use-form-test.js';
import { showFieldErrors, useStorageForm } from './use-storage-form.js';

interface NewStorageFormProps {
  provider: StorageProvider;
  /** Those of the owner so far. */
  configs: StorageConfig[];
  onOtherProvider: () => void;
}

export function NewStorageForm({ provider, configs, onOtherProvider }: NewStorageFormProps) {
  const form = useStorageForm(emptyValues(provider, configs.length === 0));
  const { organizationId } = useOwner();
  const create = useCreateStorage();
  const test = useFormTest(form, () => createBody(provider, form.getValues()));
  const [refusal, setRefusal] = useState<unknown>(null);
  // The same form sent twice, after an answer that was lost, makes one storage.
  const [idempotencyKey, setIdempotencyKey] = useState(newIdempotencyKey);

  const save = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    form.clearErrors();
    setRefusal(null);
    create.mutate(
      { body: createBody(provider, form.getValues()), idempotencyKey },
      {
        onSuccess: ({ name }) => {
          forgetUnsaved();
          announce(text.form.saved(name));
          show({ name: 'storages' });
        },
        onError: (error) => setRefusal(showFieldErrors(form, error)),
      },
    );
  };

  const onChange = () => {
    test.forget();
    if (create.isError) setIdempotencyKey(newIdempotencyKey());
  };

  const current = configs.find(({ is_default }) => is_default);
  return (
    <>
      <BackLink label={text.form.otherProvider} onClick={() => leave(onOtherProvider)} />
      <div className="form-title">
        <ProviderIcon provider={provider.provider} />
        <PageTitle>{text.form.addTitle(provider.label)}</PageTitle>
      </div>
      <div className="form-layout">
        <form className="storage-form" noValidate autoComplete="off" onSubmit={save} onChange={onChange}>
          <FormField
            name="name"
            label={text.form.name}
            help={text.form.nameHelp}
            error={form.formState.errors.name?.message}
          >
            {(control) => (
              <input
                type="text"
                placeholder={text.form.namePlaceholder(provider.label)}
                {...form.register('name')}
                {...control}
              />
            )}
          </FormField>
          <StorageFields provider={provider} form={form} />
          <label className="switch-row">
            <input type="checkbox" role="switch" className="switch" {...form.register('is_default')} />
            <span>
              <span className="switch-label">{text.form.isDefault}</span>
              <span className="field-help">
                {current ? text.form.isDefaultReplaces(current.name) : text.form.isDefaultHelp}
              </span>
            </span>
          </label>
          <CredentialsNote />
          {refusal !== null && <ProblemNotice error={refusal} />}
          <div className="form-actions">
            <button type="button" className="button" disabled={test.run?.running} onClick={() => void test.start()}>
              {text.form.test}
            </button>
            <button type="submit" className="button primary" disabled={create.isPending}>
              {create.isPending ? text.form.saving : text.form.save}
            </button>
          </div>
        </form>
        <aside className="form-aside">
          <TestBeforeSaving test={test} />
          <Guide provider={provider.provider}>
            {organizationId !== null && <Policy {...{ provider, form, organizationId }} />}
          </Guide>
        </aside>
      </div>
    </>
  );
}
