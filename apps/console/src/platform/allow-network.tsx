import type { SubmitEvent } from 'react';
import { useForm } from 'react-hook-form';
import type { AllowedNetwork } from '../api/types.js';
import { text } from '../text.js';
import { FormField } from '../ui/form-field.js';
import { readNetwork } from './read-network.js';

interface AllowNetworkProps {
  disabled: boolean;
  onAllow: (network: AllowedNetwork, onAllowed: () => void) => void;
}

const PROVIDERS = ['minio', 'sftp', 'ftp'] as const;
const EMPTY = { cidr: '', ports: '', provider: 'minio' as (typeof PROVIDERS)[number], note: '' };

export function AllowNetwork({ disabled, onAllow }: AllowNetworkProps) {
  const form = useForm({ defaultValues: EMPTY });
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
        <FormField name="provider" label={text.platform.network.providers} help={text.platform.providerHelp}>
          {(control) => (
            <select {...form.register('provider')} {...control}>
              {PROVIDERS.map((provider) => (
                <option key={provider}>{provider}</option>
              ))}
            </select>
          )}
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
