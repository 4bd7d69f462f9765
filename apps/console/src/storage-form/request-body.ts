import type {
  CreateStorageConfig,
  PolicyRequest,
  ProviderField,
  StorageConfig,
  StorageProvider,
  UpdateStorageConfig,
} from '../api/types.js';

/** What stands in the form, by field name. Text as it was typed. */
export type FormValues = { name: string; is_default: boolean } & Record<string, string | boolean>;

/** For a new storage: every field, empty but for its default where there is a choice to show it in. */
export function emptyValues({ fields }: StorageProvider, isDefault: boolean): FormValues {
  const texts = fields.map((field) => [field.name, field.kind === 'choice' ? defaultText(field) : '']);
  return { ...Object.fromEntries(texts), name: '', is_default: isDefault };
}

/** What holds when the field is left out, as text. */
export function defaultText({ default: value }: ProviderField): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** For a stored one: what it has. Secrets are not known here and stay empty. */
export function storedValues({ fields }: StorageProvider, config: StorageConfig): FormValues {
  const texts = fields.map((field) => [field.name, storedText(field, config)]);
  return { ...Object.fromEntries(texts), name: config.name, is_default: config.is_default };
}

/** The body of a create, and of a test before it: what was left empty is left out. */
export function createBody({ provider, fields }: StorageProvider, values: FormValues): CreateStorageConfig {
  const given = fields.flatMap((field) => {
    const value = fieldValue(field, values);
    return value === null ? [] : [[field.name, value]];
  });
  const name = values.name.trim();
  return {
    ...Object.fromEntries(given),
    ...(name !== '' && { name }),
    ...sealedKey(values),
    ...hostKeyPolicy(provider),
    provider,
    is_default: values.is_default,
  } as CreateStorageConfig;
}

/** What a policy depends on: where it is, and no secret. */
export function policyBody({ provider, fields }: StorageProvider, values: FormValues): PolicyRequest {
  const given = fields.flatMap((field) => {
    const value = field.secret ? null : fieldValue(field, values);
    return value === null ? [] : [[field.name, value]];
  });
  return { ...Object.fromEntries(given), provider } as PolicyRequest;
}

/** The body of a change: only what differs from what is stored; null for what was emptied. */
export function changeBody(
  { provider, fields }: StorageProvider,
  values: FormValues,
  config: StorageConfig,
): UpdateStorageConfig {
  const stored = storedValues({ fields } as StorageProvider, config);
  const changed = fields
    .filter((field) => String(values[field.name]).trim() !== stored[field.name])
    .map((field) => [field.name, fieldValue(field, values)]);
  const name = values.name.trim();
  const body: UpdateStorageConfig = {
    ...Object.fromEntries(changed),
    ...sealedKey(values),
    ...(name !== config.name && { name }),
  };
  const isElsewhere = ['host', 'port', 'host_key_sha256'].some((field) => field in body);
  return isElsewhere ? { ...body, ...hostKeyPolicy(provider) } : body;
}

/** Whether all secrets are there that a test needs before anything is stored. */
export function hasCredentials({ fields }: StorageProvider, values: FormValues): boolean {
  const secrets = fields.filter(({ secret }) => secret);
  const isGiven = ({ name }: ProviderField) => values[name] !== '';
  const required = secrets.filter((field) => field.required);
  const hasProof = secrets.some((field) => field.name !== 'access_key' && isGiven(field)) || SEALED_KEY in values;
  return required.every(isGiven) && hasProof;
}

/** Where a key that was made here waits, in place of one that was typed. */
export const SEALED_KEY = 'private_key_sealed';

function sealedKey({ [SEALED_KEY]: sealed, private_key: typed }: FormValues) {
  return sealed !== undefined && !typed && { [SEALED_KEY]: sealed };
}

/** A person confirms each host key here, so none is taken on trust. */
function hostKeyPolicy(provider: StorageProvider['provider']) {
  return provider === 'sftp' && { host_key_policy: 'strict' as const };
}

function fieldValue({ name, kind, secret }: ProviderField, values: FormValues): string | number | boolean | null {
  const entered = values[name];
  if (entered === undefined || typeof entered === 'boolean') return entered ?? null;
  // A password may begin or end with blanks; the API says what it makes of them.
  const value = secret ? entered : entered.trim();
  if (value === '') return null;
  return kind === 'number' ? numberOrText(value) : value;
}

/** What is no number goes as it is, so that the API says what is wrong with it. */
function numberOrText(value: string): number | string {
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}

function storedText({ name, secret }: ProviderField, config: StorageConfig): string {
  if (secret) return '';
  const value = (config as unknown as Record<string, unknown>)[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
