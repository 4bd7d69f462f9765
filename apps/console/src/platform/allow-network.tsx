import { useQuery } from '@tanstack/react-query';
import type { SubmitEvent } from 'react';
import { useForm } from 'react-hook-form';
import type { AllowedNetwork } from '../api/types.js';
import { providersQuery } from '../storages/queries.js';
import { text } from '../text.js';
import { useUnsaved } from '../unsaved/unsaved.js';
import { FormField } from '../ui/form-field.js';
import { type NetworkEntries, type PrivateProvider, readNetwork } from './read-network.js';

interface AllowNetworkProps {
  disabled: boolean;
  onAllow: (network: AllowedNetwork, onAllowed: () => void) => void;
}

const PROVIDERS: PrivateProvider[] = ['minio', 'sftp', 'ftp'];
const EMPTY: NetworkEntries = { cidr: '', ports: '', providers: ['minio'], organizations: '', note: '' };

export function AllowNetwork({ disabled, onAllow }: AllowNetworkProps) {
  const form = useForm({ defaultValues: EMPTY });
  useUnsaved(form.formState.isDirty);
  const known = useQuery(providersQuery).data ?? [];
  const allow = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    onAllow(readNetwork(form.getValues()), () => form.reset());
  };
  return (
    <details>
      <summary>{text.platform.addNetwork}</summary>
      <form className="allow-network" noValidate autoComplete="off" onSubmit={allow}>
        <FormField name="cidr" label={text.platform.network.cidr} help={text.platform.cidrHelp}>
          {(control) => <input type="text" {...form.register('cidr')} {...control} />}
        </FormField>
        <FormField name="ports" label={text.platform.network.ports} help={text.platform.portsHelp}>
          {(control) => <input type="text" inputMode="numeric" {...form.register('ports')} {...control} />}
        </FormField>
        <fieldset className="network-providers">
          <legend>{text.platform.network.providers}</legend>
          {PROVIDERS.map((provider) => (
            <label key={provider}>
              <input type="checkbox" value={provider} {...form.register('providers')} />
              {known.find((each) => each.provider === provider)?.label ?? provider}
            </label>
          ))}
        </fieldset>
        <FormField
          name="organizations"
          label={text.platform.network.organizations}
          help={text.platform.organizationsHelp}
          optional
        >
          {(control) => <input type="text" spellCheck={false} {...form.register('organizations')} {...control} />}
        </FormField>
        <FormField name="note" label={text.platform.network.note} help={text.platform.noteHelp} optional>
          {(control) => <input type="text" {...form.register('note')} {...control} />}
        </FormField>
        <button type="submit" className="button primary" disabled={disabled}>
          {text.platform.allow}
        </button>
      </form>
    </details>
  );
}
