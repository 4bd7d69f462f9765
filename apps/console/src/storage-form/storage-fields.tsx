import type { ClipboardEvent, ReactNode } from 'react';
import type { ProviderField, StorageProvider } from '../api/types.js';
import { text } from '../text.js';
import { announce } from '../ui/announcements.js';
import { FormField, type FieldControl } from '../ui/form-field.js';
import { readAddress } from './read-address.js';
import { defaultText, SEALED_KEY } from './request-body.js';
import { SecretText } from './secret-text.js';
import { PrivateKey } from './private-key.js';
import type { StorageForm } from './use-storage-form.js';

interface StorageFieldsProps {
  provider: StorageProvider;
  form: StorageForm;
  /** Which of the provider's fields, all when left out. */
  only?: (field: ProviderField) => boolean;
  /** Secrets that are stored already need not be given again. */
  stored?: boolean;
}

/** The inputs of one provider, drawn from what the API says of its fields. */
export function StorageFields({ provider, form, only = () => true, stored = false }: StorageFieldsProps) {
  const fillFromAddress = (event: ClipboardEvent) => {
    const fields = readAddress(provider.provider, event.clipboardData.getData('text'));
    if (!fields) return;
    event.preventDefault();
    for (const [name, value] of Object.entries(fields)) form.setValue(name, value, { shouldDirty: true });
    announce(text.form.readFromPaste);
  };
  return provider.fields.filter(only).map((field) => (
    <FormField
      key={field.name}
      name={field.name}
      label={field.label}
      help={field.help}
      optional={!field.required || (field.secret && stored)}
      error={form.formState.errors[field.name]?.message}
    >
      {(control) => <Control {...{ field, form, control }} onPaste={field.secret ? undefined : fillFromAddress} />}
    </FormField>
  ));
}

interface ControlProps {
  field: ProviderField;
  form: StorageForm;
  control: FieldControl;
  onPaste?: (event: ClipboardEvent) => void;
}

function Control({ field, form, control, onPaste }: ControlProps) {
  const placeholder = field.placeholder ?? defaultText(field);
  return CONTROLS[field.kind]({ ...form.register(field.name), ...control, placeholder }, { field, form, onPaste });
}

type Input = ReturnType<StorageForm['register']> & FieldControl & { placeholder: string };

const CONTROLS: Record<ProviderField['kind'], (input: Input, props: Omit<ControlProps, 'control'>) => ReactNode> = {
  text: (input, { onPaste }) => (
    <input type="text" autoComplete="off" spellCheck={false} onPaste={onPaste} {...input} />
  ),
  number: (input) => <input type="text" inputMode="numeric" autoComplete="off" {...input} />,
  boolean: (input) => <input type="checkbox" {...input} />,
  multiline: (input) => <textarea rows={4} spellCheck={false} {...input} />,
  multiline_secret: (input, { field, form }) => (
    <PrivateKey
      input={input}
      onFile={(content) => form.setValue(field.name, content, { shouldDirty: true })}
      onMade={({ private_key_sealed }) => form.setValue(SEALED_KEY, private_key_sealed, { shouldDirty: true })}
    />
  ),
  // Who signs in is no secret to the person who types it.
  secret: (input, { field }) =>
    field.name === 'access_key' ? (
      <input type="text" autoComplete="off" spellCheck={false} {...input} />
    ) : (
      <SecretText input={input} />
    ),
  choice: ({ placeholder: _none, ...input }, { field }) => (
    <select {...input}>
      {defaultText(field) === '' && <option value="">{text.form.notChosen}</option>}
      {field.choices?.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  ),
};
