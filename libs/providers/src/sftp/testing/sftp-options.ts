import type { CheckName, Credentials, StorageLocation } from '@stowage/contracts';
import { createDialer } from '../../dialer/create-dialer.js';
import type { Dialer } from '../../dialer/dialer.js';
import type { DriverOptions } from '../../driver.js';
import type { StepObserver } from '../../step-observer.js';

export interface SftpTarget {
  host?: string;
  port: number;
  credentials?: Partial<Credentials>;
  bucket?: string | null;
  hostKeySha256?: string | null;
  hostKeyPolicy?: DriverOptions['hostKeyPolicy'];
}

/** What a driver told its observer. */
export interface Observed {
  steps: CheckName[];
  warnings: string[];
  hostKeys: string[];
}

/** Driver options for a server on this machine, and what the driver will tell of its steps. */
export function sftpOptions(target: SftpTarget): { options: DriverOptions; observed: Observed } {
  const observed: Observed = { steps: [], warnings: [], hostKeys: [] };
  const observer: StepObserver = {
    step: (name) => observed.steps.push(name),
    warn: (code) => observed.warnings.push(code),
    hostKey: (sha256) => observed.hostKeys.push(sha256),
    found: () => undefined,
  };
  const options: DriverOptions = {
    location: locationOf(target),
    credentials: { access_key: 'rw', ...target.credentials },
    dialer: loopbackDialer(),
    observer,
    hostKeyPolicy: target.hostKeyPolicy,
  };
  return { options, observed };
}

export function loopbackDialer(): Dialer {
  return createDialer({ allow: [], deny: [], allowLoopback: true }, { provider: 'sftp', organizationId: null });
}

function locationOf({ host = '127.0.0.1', port, bucket = null, hostKeySha256 = null }: SftpTarget): StorageLocation {
  return {
    id: '4f2f6a1e-6d43-4f4c-9c8e-3f3b2c1d0e9f',
    organization_id: null,
    name: 'test',
    provider: 'sftp',
    bucket,
    region: null,
    endpoint_url: null,
    addressing: null,
    checksum_mode: null,
    part_size_bytes: null,
    storage_class: null,
    path_prefix: null,
    host,
    port,
    tls: null,
    host_key_sha256: hostKeySha256,
    ca_certificate: null,
    is_active: true,
    health: { status: 'unverified', checked_at: null },
  };
}
