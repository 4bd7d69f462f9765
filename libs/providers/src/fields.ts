import type { Provider, SecretField } from '@stowage/contracts';

/** One input field of one provider: the form is drawn from it, input is checked by it, secrets are known by it. */
export interface FieldDescription {
  name: string;
  label: string;
  help: string;
  kind: 'text' | 'secret' | 'multiline' | 'multiline_secret' | 'number' | 'choice' | 'boolean';
  required: boolean;
  secret: boolean;
  /** Shown greyed in an empty field. */
  placeholder?: string;
  default?: string | number | boolean;
  choices?: { value: string; label: string }[];
}

/** Comparison facts of the product documentation. */
export interface ProviderFacts {
  best_for: string;
  cost: string;
  egress_fees: string;
  setup_complexity: 'Easy' | 'Moderate' | 'Advanced';
  notes: string;
  features: Record<string, string>;
}

/** One item of GET /storage-providers. */
export interface ProviderDescription {
  provider: Provider;
  label: string;
  recommended: boolean;
  facts: ProviderFacts;
  fields: FieldDescription[];
  secret_fields: readonly SecretField[];
}
