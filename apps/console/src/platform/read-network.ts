import type { AllowedNetwork } from '../api/types.js';

export type PrivateProvider = 'minio' | 'sftp' | 'ftp';

export interface NetworkEntries {
  cidr: string;
  /** Separated by commas or blanks, as are the organizations. */
  ports: string;
  providers: PrivateProvider[];
  /** Ids; empty for all organizations. */
  organizations: string;
  note: string;
}

/** What was typed, as the API takes it; what makes no sense is the API's to refuse. */
export function readNetwork({ cidr, ports, providers, organizations, note }: NetworkEntries): AllowedNetwork {
  const ids = words(organizations);
  return {
    cidr: cidr.trim(),
    ports: words(ports).map(Number),
    providers,
    organization_ids: ids.length === 0 ? null : ids,
    note: note.trim() || null,
  };
}

const words = (typed: string): string[] => typed.split(/[\s,]+/).filter(Boolean);
