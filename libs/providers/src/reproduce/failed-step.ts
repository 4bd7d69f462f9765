import type { CheckName, Credentials, StorageLocation } from '@stowage/contracts';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { fromPerson, NOTHING, sh, type ShellText } from './shell.js';

/** What a command has to show. Of the credentials only their kind goes into one. */
export interface FailedStep {
  location: StorageLocation;
  credentials: Credentials;
  code: DiagnosisCode;
  step: CheckName;
  /** Bytes of the large object of a full test. */
  largeBytes: number;
}

/** Under a name of its own, so that nothing of a backup is ever touched. */
export const FILE_BY_HAND = 'test-connection-by-hand.txt';
const SMALL_BYTES = 100;

/** One object that is about room must be as large as the test's was. */
function isAboutSize({ code, step }: FailedStep): boolean {
  return step === 'multipart' || code.startsWith('quota.') || code === 'object.too_large';
}

export const bytesOf = (failed: FailedStep): number => (isAboutSize(failed) ? failed.largeBytes : SMALL_BYTES);

/** The option by which a program is told the authority that was configured. */
export function authorityOption(option: string, { ca_certificate }: StorageLocation): ShellText {
  if (ca_certificate === null) return NOTHING;
  return sh` ${option} ${fromPerson('CA_FILE', 'the path of a file that holds ca_certificate')}`;
}

/** Failed before a request of the protocol could be sent, or answered by something that does not speak it. */
export function isAboutReaching({ code, step }: FailedStep): boolean {
  return code.startsWith('network.') && ['resolve', 'connect', 'tls', 'authenticate'].includes(step);
}
