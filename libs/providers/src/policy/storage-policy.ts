import type { Jurisdiction, Provider } from '@stowage/contracts';

/** What to set up at a provider so that a key may do what backups need, where they need it, and nothing else. */
export interface StoragePolicy {
  provider: Provider;
  /** What is allowed and how to put it in place, for a person. */
  explanation: string;
  /** In the order in which they are used. */
  documents: PolicyDocument[];
  /** Part of the documents, and may be taken out of them. */
  optional: OptionalPermission[];
}

export interface PolicyDocument {
  /** Where it belongs. */
  title: string;
  format: 'json' | 'shell' | 'config' | 'text';
  /** Complete, ready to paste; the user on a server is called `stowage`. */
  content: string;
}

export interface OptionalPermission {
  permission: string;
  /** What does not work without it. */
  lost: string;
}

/** The place that a policy is for, checked: nothing in it has a meaning of its own in JSON, a shell or a configuration file. */
export interface PolicyTarget {
  /** S3 kinds: the bucket. SFTP and FTP: the base directory, null when none was named. */
  bucket: string | null;
  /** `a/b/`, or empty. */
  prefix: string;
  region: string | null;
  accountId: string | null;
  jurisdiction: Jurisdiction | null;
  /** The addresses from which this platform comes; empty when they are not known. */
  egressIps: readonly string[];
}
