import type { Credentials, StorageLocation } from '@stowage/contracts';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { evidenceOf } from '../diagnosis/evidence.js';
import { networkFailure } from '../dialer/network-symptoms.js';
import { type FailureDetail, StorageFailure } from '../failure.js';

/** What was asked, which decides what a refusal means. */
export type S3Operation = 'head' | 'list' | 'put' | 'get' | 'stat' | 'remove';

/** Codes of S3 error bodies; vendors' own ones among them. */
const CODES: Record<string, DiagnosisCode> = {
  InvalidAccessKeyId: 'credentials.access_key_unknown',
  SignatureDoesNotMatch: 'credentials.secret_wrong',
  ExpiredToken: 'credentials.expired',
  TokenRefreshRequired: 'credentials.expired',
  InvalidToken: 'credentials.refused',
  InvalidSecurity: 'credentials.refused',
  Unauthorized: 'credentials.refused',
  NotSignedUp: 's3.not_enabled',
  NotEntitled: 's3.not_enabled',
  UserSuspended: 'credentials.suspended',
  AccountProblem: 'credentials.suspended',
  NoSuchBucket: 'container.not_found',
  InvalidBucketName: 'container.name_invalid',
  NoSuchKey: 'object.not_found',
  NotFound: 'object.not_found',
  InvalidRegionName: 's3.region_invalid',
  PermanentRedirect: 's3.redirected',
  TemporaryRedirect: 's3.redirected',
  RequestTimeTooSkewed: 's3.clock_skew',
  SlowDown: 'quota.throttled',
  SlowDownRead: 'quota.throttled',
  SlowDownWrite: 'quota.throttled',
  TooManyRequests: 'quota.throttled',
  RequestLimitExceeded: 'quota.throttled',
  InternalError: 's3.unavailable',
  ServiceUnavailable: 's3.unavailable',
  XMinioServerNotInitialized: 's3.unavailable',
  QuotaExceeded: 'quota.exceeded',
  XMinioAdminBucketQuotaExceeded: 'quota.exceeded',
  StorageCapExceeded: 'quota.exceeded',
  XMinioStorageFull: 'quota.storage_full',
  InvalidStorageClass: 's3.storage_class',
  InvalidObjectState: 'object.archived',
  ObjectLockedByBucketPolicy: 'object.locked',
  XAmzContentSHA256Mismatch: 's3.checksum_unsupported',
  NotImplemented: 's3.checksum_unsupported',
  MissingContentLength: 's3.content_length',
  BadDigest: 'object.checksum_mismatch',
  InvalidDigest: 'object.checksum_mismatch',
  IncompleteBody: 'object.checksum_mismatch',
  EntityTooLarge: 'object.too_large',
  EntityTooSmall: 's3.part_size',
  InvalidPart: 's3.part_size',
  KeyTooLongError: 'object.key_invalid',
  InvalidObjectName: 'object.key_invalid',
};

const DENIED: Record<S3Operation, DiagnosisCode> = {
  // s3:ListBucket allows HEAD too: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
  head: 'permission.list_denied',
  list: 'permission.list_denied',
  put: 'permission.write_denied',
  get: 'permission.read_denied',
  stat: 'permission.read_denied',
  remove: 'permission.delete_denied',
};

/** Statuses of answers that have no code, as those to HEAD. */
const STATUSES: Record<number, DiagnosisCode> = {
  401: 'credentials.refused',
  411: 's3.content_length',
  413: 'object.too_large',
  429: 'quota.throttled',
  500: 's3.unavailable',
  502: 's3.gateway',
  503: 's3.unavailable',
  504: 's3.gateway',
  507: 'quota.storage_full',
};

/** What the SDK throws, as far as it is of use. */
interface SdkError {
  name?: string;
  Code?: string;
  message?: string;
  Region?: string;
  Endpoint?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

/** The failure that an error of the SDK stands for. What is not recognised says so, with the words of the storage. */
export function failureOf(
  error: unknown,
  operation: S3Operation,
  location: StorageLocation,
  credentials: Credentials,
): StorageFailure {
  if (error instanceof StorageFailure) return error;
  const sdk = error as SdkError;
  const status = sdk.$metadata?.httpStatusCode;
  if (status === undefined) return transportFailure(error);
  // An answer that says success and yet is an error is one that could not be read.
  if (status < 300) return new StorageFailure('s3.not_s3', { cause: error });
  const code = diagnosisOf(sdk, status, operation, location);
  return new StorageFailure(code, {
    ...detailOf(code, sdk, location),
    evidence: evidenceOf(wordsOf(sdk, status), credentials),
  });
}

/** What happened to a request that got no answer. */
export function transportFailure(error: unknown): StorageFailure {
  if (error instanceof StorageFailure) return error;
  const { name, code } = error as NodeJS.ErrnoException;
  const known = networkFailure(error, { cause: error });
  if (known !== null) return known;
  if (name === 'TimeoutError' || name === 'AbortError')
    return new StorageFailure('network.no_response', { cause: error });
  // HPE_… is Node's HTTP parser: what came is not HTTP.
  return new StorageFailure(code?.startsWith('HPE_') ? 's3.not_s3' : 'operation.failed', { cause: error });
}

/** The name of an S3 error: `UnknownError` and `Unknown` are the SDK's own words for "there was no body". */
function nameOf({ Code, name }: SdkError): string | null {
  const given = Code ?? name ?? '';
  return /^(Unknown|UnknownError|Error|)$/.test(given) ? null : given;
}

function diagnosisOf(sdk: SdkError, status: number, operation: S3Operation, location: StorageLocation): DiagnosisCode {
  const name = nameOf(sdk);
  if (expectedRegion(sdk, location) !== null) return 's3.region_mismatch';
  if (location.provider === 'backblaze_b2' && B2_CAP.test(sdk.message ?? '')) return 'quota.exceeded';
  if (name === 'AccessDenied' || name === 'AllAccessDisabled' || name === 'Forbidden') return DENIED[operation];
  if (name === 'InvalidAccessKeyId' && location.provider === 'backblaze_b2')
    return 'credentials.invalid_application_key';
  if (name === 'NoSuchBucket')
    return endpointWithoutBucket(location) ? 's3.endpoint_has_bucket' : 'container.not_found';
  // The bucket in the host as well as in the path: what was asked for is an object by the name of the bucket.
  if (name === 'NoSuchKey' && operation === 'list' && endpointWithoutBucket(location)) return 's3.endpoint_has_bucket';
  if (name === 'NotFound' && (operation === 'head' || operation === 'list')) return 'container.not_found';
  if (name === 'AuthorizationHeaderMalformed') return 's3.region_invalid';
  if (name?.startsWith('KMS.')) return 's3.encryption_required';
  if (name === 'InvalidRequest' && operation === 'put' && location.checksum_mode === 'required') {
    return 's3.object_lock_checksum';
  }
  const known = name === null ? undefined : CODES[name];
  if (known !== undefined) return known;
  if (name !== null && !isBare(sdk)) return 's3.unrecognised';
  return diagnosisOfStatus(status, operation);
}

function diagnosisOfStatus(status: number, operation: S3Operation): DiagnosisCode {
  if (status === 403 || status === 405) return DENIED[operation];
  if (status === 404) return operation === 'head' || operation === 'list' ? 'container.not_found' : 'object.not_found';
  if (status >= 300 && status < 400) return 's3.redirected';
  return STATUSES[status] ?? 's3.unrecognised';
}

/** The owner's own limit, which B2 tells in words under a code of its choice: https://github.com/restic/restic/issues/3265 */
const B2_CAP = /\bcap exceeded\b/i;

/** Names that the SDK makes up from a status when there is no code in the answer, e.g. "403". */
function isBare(sdk: SdkError): boolean {
  return sdk.Code === undefined && /^\d{3}$/.test(sdk.name ?? '');
}

/** As a redirect names it, e.g. `bucket.s3.eu-west-1.amazonaws.com`, of old also `s3-eu-west-1`. */
const AWS_ENDPOINT = /(?:^|\.)s3[.-]([a-z]{2,4}(?:-[a-z]+)+-\d)\.amazonaws\.(?:com(?:\.cn)?|eu)$/;

/**
 * Where the bucket really is: from the error body, a header or a redirect. Shown and suggested, so nothing but a region's form is
 * taken from a server.
 */
function expectedRegion(sdk: SdkError, { region }: StorageLocation): string | null {
  const told =
    sdk.Region ?? sdk.$response?.headers?.['x-amz-bucket-region'] ?? AWS_ENDPOINT.exec(sdk.Endpoint ?? '')?.[1];
  if (told === undefined || !/^[a-z0-9][a-z0-9-]{1,40}$/.test(told) || told === region) return null;
  return told;
}

/** `https://bucket.host` with the bucket of the configuration, as hosting panels show it: the bucket would be named twice. */
function endpointWithoutBucket({ bucket, endpoint_url, provider }: StorageLocation): string | null {
  if (provider !== 'minio' || endpoint_url === null || bucket === null) return null;
  const url = new URL(endpoint_url);
  if (!url.hostname.startsWith(`${bucket}.`)) return null;
  url.hostname = url.hostname.slice(bucket.length + 1);
  return url.origin;
}

function detailOf(code: DiagnosisCode, sdk: SdkError, location: StorageLocation): FailureDetail {
  if (code === 's3.region_mismatch') {
    const region = expectedRegion(sdk, location) ?? '';
    return { values: { used_region: location.region ?? '', expected_region: region }, suggested: { region } };
  }
  if (code === 's3.endpoint_has_bucket') {
    const endpoint = endpointWithoutBucket(location) ?? '';
    return { values: { suggested_endpoint: endpoint }, suggested: { endpoint_url: endpoint } };
  }
  if (code === 's3.clock_skew') {
    const theirs = Date.parse(sdk.$response?.headers?.date ?? '');
    return Number.isNaN(theirs) ? {} : { values: { skew_seconds: Math.round(Math.abs(Date.now() - theirs) / 1000) } };
  }
  return {};
}

function wordsOf(sdk: SdkError, status: number): string {
  const name = nameOf(sdk);
  const message = sdk.message && !sdk.message.startsWith('Unknown') ? `: ${sdk.message}` : '';
  return `${name ?? 'no code'} (HTTP ${status})${message}`;
}
