import type { Provider, StorageLocation } from '@stowage/contracts';
import { StorageFailure } from '../failure.js';
import { DIAGNOSES, type Diagnosis, type DiagnosisCode } from './catalogue.js';

/** A failure in words for a person. No secret and no word of the server in it, but for `evidence`. */
export interface DiagnosedFailure {
  code: DiagnosisCode;
  /** The sentence of the catalogue. */
  cause: string;
  hint: string;
  retryable: boolean;
  suggested_config: Record<string, string | number> | null;
  evidence: string | null;
}

/**
 * Anything thrown. What is not a `StorageFailure` is a fault of ours and says nothing of itself.
 * @param known more values for the placeholders, such as `egress_ips`
 */
export function diagnose(error: unknown, location: StorageLocation, known: Values = {}): DiagnosedFailure {
  const failure = error instanceof StorageFailure ? error : new StorageFailure('operation.failed');
  const { code, detail } = failure;
  return {
    code,
    ...inWords(failure, location.provider, { ...valuesOf(location), ...known }),
    retryable: DIAGNOSES[code].retryable,
    suggested_config: detail.suggested ?? null,
    evidence: detail.evidence ?? null,
  };
}

/** What happened and what to do next, as the catalogue says it. */
export function inWords(
  { code, detail }: StorageFailure,
  provider: Provider,
  known: Values = {},
): { cause: string; hint: string } {
  const diagnosis: Diagnosis = DIAGNOSES[code];
  const values = { ...known, ...detail.values };
  return { cause: fill(diagnosis.cause, values), hint: fill(diagnosis.fixFor?.[provider] ?? diagnosis.fix, values) };
}

type Values = Record<string, string | number>;

function fill(template: string, values: Values): string {
  return template.replaceAll(/\{(\w+)(?:\|([^}]*))?\}/g, (_placeholder, name: string, fallback?: string) =>
    String(values[name] ?? fallback ?? name),
  );
}

function valuesOf(location: StorageLocation): Values {
  const url = location.endpoint_url === null ? null : new URL(location.endpoint_url);
  const known = {
    bucket: location.bucket,
    region: location.region,
    path_prefix: location.path_prefix,
    endpoint_url: location.endpoint_url,
    host: location.host ?? url?.hostname ?? null,
    port: location.port ?? (url === null ? null : portOf(url)),
    directory: `${location.bucket ?? ''}/${location.path_prefix ?? ''}`.replace(/^\/$/, '') || null,
    address_field: url === null ? 'host' : 'endpoint_url',
  };
  return Object.fromEntries(
    Object.entries(known).filter((entry): entry is [string, string | number] => entry[1] !== null),
  );
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
