import { type SubmitEvent, useEffect, useState } from 'react';
import { asProblem } from '../api/problem.js';
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
import { FormField } from '../ui/form-field.js';
import { Guide } from './guide.js';
import { changeBody, createBody, hasCredentials, storedValues } from './request-body.js';
import { StorageFields } from './storage-fields.js';
import { TestBeforeSaving } from './test-before-saving.js';
import { useFormTest } from './use-form-test.js';
import { showFieldErrors, useStorageForm } from './use-storage-form.js';
import './storage-form.css';

export default function EditStorage({ id }: { id: string }) {
  return (
    <WithStorage id={id}>
      {({ config, provider }) => <EditForm key={config.id} config={config} provider={provider} />}
    </WithStorage>
  );
}

function EditForm({ config, provider }: { config: StorageConfig; provider: StorageProvider }) {
  // What the person began from: a change by somebody else must not slip under what is typed here.
  const [base, setBase] = useState(config);
  const form = useStorageForm(storedValues(provider, base));
  const update = useUpdateStorage();
  const test = useFormTest(form, () => createBody(provider, form.getValues()));
  const [refusal, setRefusal] = useState<unknown>(null);
  const [overtaken, setOvertaken] = useState(false);
  const mayTest = hasCredentials(provider, form.watch());

  useEffect(() => {
    if (!overtaken || config.version === base.version) return;
    setOvertaken(false);
    setBase(config);
    form.reset(storedValues(provider, config), { keepDirtyValues: true });
  }, [overtaken, config, base, provider, form]);

  const save = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    form.clearErrors();
    setRefusal(null);
    const body = changeBody(provider, form.getValues(), base);
    if (Object.keys(body).length === 0) return announce(text.form.nothingChanged);
    update.mutate(
      { config: base, body },
      {
        onSuccess: ({ name }) => {
          forgetUnsaved();
          announce(text.form.saved(name));
          show({ name: 'storage', id: base.id });
        },
        onError: (error) => {
          setOvertaken(asProblem(error).status === 412);
          setRefusal(showFieldErrors(form, error));
        },
      },
    );
  };

  return (
    <>
      <BackLink />
      <PageTitle>{text.form.editTitle(base.name)}</PageTitle>
      <div className="form-layout">
        <form className="storage-form" noValidate autoComplete="off" onSubmit={save} onChange={test.forget}>
          <FormField
            name="name"
            label={text.form.name}
            help={text.form.nameHelp}
            error={form.formState.errors.name?.message}
          >
            {(control) => <input type="text" {...form.register('name')} {...control} />}
          </FormField>
          <StorageFields provider={provider} form={form} only={({ secret }) => !secret} />
          <fieldset>
            <legend>{text.form.credentials}</legend>
            <p className="field-help">{text.form.keepCredentials}</p>
            <StorageFields provider={provider} form={form} only={({ secret }) => secret} stored />
          </fieldset>
          {refusal !== null && <ProblemNotice error={refusal} />}
          <div className="form-actions">
            <button type="submit" className="button primary" disabled={update.isPending}>
              {update.isPending ? text.form.saving : text.form.saveChanges}
            </button>
            <button
              type="button"
              className="button"
              disabled={!mayTest || test.run?.running}
              onClick={() => void test.start()}
            >
              {text.form.test}
            </button>
            {!mayTest && <span className="muted">{text.form.needsCredentials}</span>}
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
