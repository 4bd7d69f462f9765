import type { CheckName, Credentials, StorageLocation, TlsMode } from '@stowage/contracts';
import { createDialer } from '../../dialer/create-dialer.js';
import type { Dialer } from '../../dialer/dialer.js';
import type { DriverOptions } from '../../driver.js';
import type { StepObserver } from '../../step-observer.js';

export interface FtpTarget {
  host?: string;
  port: number;
  credentials?: Partial<Credentials>;
  bucket?: string | null;
  tls?: TlsMode | null;
  ca?: string | null;
}

/** What a driver told its observer. */
export interface Observed {
  steps: CheckName[];
  warnings: string[];
}

/** Driver options for a server on this machine, and what the driver will tell of its steps. */
export function ftpOptions(target: FtpTarget): { options: DriverOptions; observed: Observed } {
  const observed: Observed = { steps: [], warnings: [] };
  const observer: StepObserver = {
    step: (name) => observed.steps.push(name),
    warn: (code) => observed.warnings.push(code),
    hostKey: () => undefined,
    found: () => undefined,
  };
  const options: DriverOptions = {
    location: locationOf(target),
    credentials: { access_key: 'rw', secret_key: 'secret', ...target.credentials },
    dialer: loopbackDialer(),
    observer,
  };
  return { options, observed };
}

export function loopbackDialer(): Dialer {
  return createDialer({ allow: [], deny: [], allowLoopback: true }, { provider: 'ftp', organizationId: null });
}

function locationOf({ host = '127.0.0.1', port, bucket = null, tls = 'none', ca = null }: FtpTarget): StorageLocation {
  return {
    id: '4f2f6a1e-6d43-4f4c-9c8e-3f3b2c1d0e9f',
    organization_id: null,
    name: 'test',
    provider: 'ftp',
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
    tls,
    host_key_sha256: null,
    ca_certificate: ca,
    is_active: true,
    health: { status: 'unverified', checked_at: null },
  };
}
