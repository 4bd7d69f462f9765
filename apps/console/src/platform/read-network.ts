import type { AllowedNetwork } from '../api/types.js';

interface NetworkEntries {
  cidr: string;
  /** Separated by commas or blanks. */
  ports: string;
  provider: 'minio' | 'sftp' | 'ftp';
  note: string;
}

/** What was typed, as the API takes it; what makes no sense is the API's to refuse. */
export function readNetwork({ cidr, ports, provider, note }: NetworkEntries): AllowedNetwork {
  return {
    cidr: cidr.trim(),
    ports: ports
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number),
    providers: [provider],
    note: note.trim() || null,
  };
}
