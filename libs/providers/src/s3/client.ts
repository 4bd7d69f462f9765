import { S3Client } from '@aws-sdk/client-s3';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import { createAgents, type AgentOptions } from './agents.js';
import { CappedHandler, type Watched } from './capped-handler.js';
import { addContentMd5 } from './content-md5.js';

const SOCKET_IDLE_MS = 60_000;

/** A client that takes nothing from its surroundings: no environment, profile, metadata service or proxy; no redirects. */
export function createClient(
  location: StorageLocation,
  { access_key, secret_key = '' }: Credentials,
  network: Omit<AgentOptions, 'ca'> & Watched,
): S3Client {
  const mode = location.checksum_mode === 'crc32' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const client = new S3Client({
    endpoint: location.endpoint_url ?? undefined,
    region: location.region ?? 'us-east-1',
    forcePathStyle: location.addressing === 'path',
    credentials: { accessKeyId: access_key, secretAccessKey: secret_key },
    // A retry would hide a clock that is wrong, and take the time of three attempts; whoever calls decides on retries.
    maxAttempts: 1,
    followRegionRedirects: false,
    useArnRegion: false,
    disableMultiregionAccessPoints: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    defaultsMode: 'standard',
    retryMode: 'standard',
    requestChecksumCalculation: mode,
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new CappedHandler({
      ...createAgents({ ...network, ca: location.ca_certificate }),
      socketTimeout: SOCKET_IDLE_MS,
      observer: network.observer,
      quota: network.quota,
    }),
  });
  if (location.checksum_mode === 'md5') addContentMd5(client);
  return client;
}
