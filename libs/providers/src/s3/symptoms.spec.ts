import type { StorageLocation } from '@stowage/contracts';
import { diagnose } from '../diagnosis/diagnose.js';
import { StorageFailure } from '../failure.js';
import { openS3 } from './driver.js';
import { failureOf as failureOfSdk } from './symptoms.js';
import { type FakeAnswer, type S3Fake, s3Error, startS3Fake } from './testing/s3-fake.js';
import { loopbackDialer, s3Location } from './testing/s3-target.js';

const CREDENTIALS = { access_key: 'AKEXAMPLEEXAMPLE0001', secret_key: 'secret/with+signs' };
const soon = () => AbortSignal.timeout(5000);

let fake: S3Fake;
let answer: (method: string, url: string) => FakeAnswer;

beforeAll(async () => {
  fake = await startS3Fake((request) => answer(request.method ?? '', request.url ?? ''));
});
afterAll(() => fake.stop());

const locationOf = (more: Partial<StorageLocation> = {}): StorageLocation => ({
  ...s3Location(fake.endpoint, 'backups'),
  ...more,
});

async function failureOf(
  run: (driver: Awaited<ReturnType<typeof openS3>>) => Promise<unknown>,
  location = locationOf(),
) {
  const driver = await openS3({
    location,
    credentials: CREDENTIALS,
    dialer: loopbackDialer({ resolve: () => Promise.resolve(['127.0.0.1']) }),
  });
  try {
    await run(driver);
  } catch (error) {
    if (error instanceof StorageFailure) return error;
    throw error;
  } finally {
    await driver.close();
  }
  throw new Error('it did not fail');
}

const connecting = (location?: StorageLocation) => failureOf((driver) => driver.connect(soon()), location);
const putting = (location?: StorageLocation) =>
  failureOf((driver) => driver.put('key', Buffer.from('body'), { signal: soon() }), location);

/** HEAD has no body, whatever the status. */
const always = (given: FakeAnswer) => () => given;

describe('what an S3 service answers while connecting', () => {
  it.each([
    [403, 'InvalidAccessKeyId', 'credentials.access_key_unknown'],
    [403, 'SignatureDoesNotMatch', 'credentials.secret_wrong'],
    [400, 'ExpiredToken', 'credentials.expired'],
    [403, 'UserSuspended', 'credentials.suspended'],
    [403, 'RequestTimeTooSkewed', 's3.clock_skew'],
    [403, 'NotEntitled', 's3.not_enabled'],
    [403, 'InvalidToken', 'credentials.refused'],
    [503, 'SlowDown', 'quota.throttled'],
    [503, 'ServiceUnavailable', 's3.unavailable'],
    [500, 'InternalError', 's3.unavailable'],
    [418, 'SomethingNobodyKnows', 's3.unrecognised'],
  ])('%i %s is %s', async (status, code, diagnosis) => {
    answer = always(s3Error(status, code));
    await expect(connecting()).resolves.toMatchObject({ code: diagnosis });
  });

  it('names the region that the bucket is in, from the error body, in the documented words', async () => {
    answer = always(s3Error(400, 'AuthorizationHeaderMalformed', 'x', '<Region>eu-west-1</Region>'));
    const failure = await connecting();
    expect(diagnose(failure, locationOf())).toMatchObject({
      code: 's3.region_mismatch',
      cause: "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
      hint: 'Set region to eu-west-1.',
      suggested_config: { region: 'eu-west-1' },
    });
  });

  it('names the region that the bucket is in, from a header of a redirect', async () => {
    answer = always({ status: 301, headers: { 'x-amz-bucket-region': 'eu-central-1' } });
    await expect(connecting()).resolves.toMatchObject({
      code: 's3.region_mismatch',
      detail: { suggested: { region: 'eu-central-1' } },
    });
  });

  it('takes no region from a server that is none', async () => {
    answer = always(s3Error(400, 'AuthorizationHeaderMalformed', 'x', '<Region>evil.example/\u202e</Region>'));
    await expect(connecting()).resolves.toMatchObject({ code: 's3.region_invalid' });
  });

  it('calls an unknown key of Backblaze what Backblaze users know it as', async () => {
    answer = always(s3Error(403, 'InvalidAccessKeyId', 'Malformed Access Key Id'));
    const failure = await connecting(locationOf({ provider: 'backblaze_b2' }));
    expect(failure.code).toBe('credentials.invalid_application_key');
    expect(diagnose(failure, locationOf({ provider: 'backblaze_b2' })).cause).toBe('Invalid application key');
  });

  it.each([
    ['HTML that parses', '<html><body>Welcome</body></html>'],
    ['HTML that does not', '<!DOCTYPE html><p>Welcome<br>'],
    ['nothing', ''],
    ['JSON', '{"ok":true}'],
    ['a listing of another bucket', '<ListBucketResult><Name>other</Name></ListBucketResult>'],
    ['a mountain of declarations', `<?xml version="1.0"?>${'<!DOCTYPE a>'.repeat(50_000)}`],
  ])('never takes a page that answers 200 with %s for S3', async (_what, body) => {
    answer = always({ status: 200, body });
    await expect(connecting()).resolves.toMatchObject({ code: 's3.not_s3' });
  });

  it('tells a proxy whose storage is away', async () => {
    answer = always({ status: 502, body: '<html><h1>502 Bad Gateway</h1></html>' });
    await expect(connecting()).resolves.toMatchObject({ code: 's3.gateway' });
  });

  it('follows no redirect', async () => {
    let visits = 0;
    answer = () => {
      visits += 1;
      return { status: 307, headers: { location: `${fake.endpoint}/elsewhere` } };
    };
    await expect(connecting()).resolves.toMatchObject({ code: 's3.redirected' });
    expect(visits).toBe(2);
  });

  it('suggests the endpoint without the bucket when that is named twice', async () => {
    answer = always(s3Error(404, 'NoSuchBucket'));
    const location = locationOf({ endpoint_url: `http://backups.localhost:${fake.port}` });
    const failure = await failureOf(async (driver) => {
      await driver.connect(soon());
      await driver.checkContainer(soon());
    }, location);
    expect(failure).toMatchObject({
      code: 's3.endpoint_has_bucket',
      detail: { suggested: { endpoint_url: `http://localhost:${fake.port}` } },
    });
  });

  it('shows the words of the server without secrets and control characters, and at most 200 of them', async () => {
    answer = always(s3Error(418, 'Strange', `\u202e${CREDENTIALS.secret_key} ${'x'.repeat(400)}`));
    const { detail } = await connecting();
    expect(detail.evidence).toMatch(/^Strange \(HTTP 418\): \[secret\] x+…$/);
    expect(detail.evidence).toHaveLength(200);
  });
});

it('a refused HEAD means that the list permission is missing, which allows both', () => {
  const refused = { name: '403', $metadata: { httpStatusCode: 403 } };
  expect(failureOfSdk(refused, 'head', locationOf(), CREDENTIALS).code).toBe('permission.list_denied');
});

it('an object in an archive is told when it is read', async () => {
  answer = always(s3Error(403, 'InvalidObjectState'));
  const failure = await failureOf((driver) => driver.get('key', { signal: soon() }));
  expect(failure.code).toBe('object.archived');
});

describe('what an S3 service answers to an upload', () => {
  it.each([
    [403, 'AccessDenied', 'permission.write_denied'],
    [403, 'QuotaExceeded', 'quota.exceeded'],
    [507, 'XMinioStorageFull', 'quota.storage_full'],
    [400, 'InvalidStorageClass', 's3.storage_class'],
    [501, 'NotImplemented', 's3.checksum_unsupported'],
    [400, 'XAmzContentSHA256Mismatch', 's3.checksum_unsupported'],
    [411, 'MissingContentLength', 's3.content_length'],
    [400, 'BadDigest', 'object.checksum_mismatch'],
    [429, 'TooManyRequests', 'quota.throttled'],
    [400, 'EntityTooSmall', 's3.part_size'],
    [400, 'EntityTooLarge', 'object.too_large'],
    [400, 'InvalidPart', 's3.part_size'],
    [503, 'XMinioServerNotInitialized', 's3.unavailable'],
    [503, 'SlowDownWrite', 'quota.throttled'],
    [400, 'KMS.DisabledException', 's3.encryption_required'],
    [404, 'NoSuchBucket', 'container.not_found'],
    [400, 'InvalidBucketName', 'container.name_invalid'],
  ])('%i %s is %s', async (status, code, diagnosis) => {
    answer = always(s3Error(status, code));
    await expect(putting()).resolves.toMatchObject({ code: diagnosis });
  });

  it.each(['Cannot upload files, storage cap exceeded.', 'Transaction cap exceeded.'])(
    'tells the owner’s own limit at Backblaze from a missing permission: %s',
    async (message) => {
      answer = always({ status: 403, body: `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>` });
      await expect(putting(locationOf({ provider: 'backblaze_b2' }))).resolves.toMatchObject({
        code: 'quota.exceeded',
      });
      await expect(putting()).resolves.toMatchObject({ code: 'permission.write_denied' });
    },
  );

  it('calls a bucket lock rule of R2 a lock', async () => {
    answer = always(s3Error(403, 'ObjectLockedByBucketPolicy'));
    await expect(failureOf((driver) => driver.remove('key', soon()))).resolves.toMatchObject({ code: 'object.locked' });
  });

  it('tells a proxy that takes no body of this size', async () => {
    answer = always({ status: 413, body: '<html><h1>413 Request Entity Too Large</h1></html>' });
    await expect(putting()).resolves.toMatchObject({ code: 'object.too_large' });
  });

  it('does not take 200 without an ETag for a stored object', async () => {
    answer = always({ status: 200 });
    await expect(putting()).resolves.toMatchObject({ code: 's3.not_s3' });
  });

  it('sends Content-MD5 in that mode and no trailer in any', async () => {
    answer = always({ status: 200, headers: { etag: '"e"' } });
    const driver = await openS3({ location: locationOf(), credentials: CREDENTIALS, dialer: loopbackDialer() });
    await driver.put('key', Buffer.from('body'), { signal: soon() });
    await driver.close();
    const { headers } = fake.requests.at(-1) ?? {};
    expect(headers).toMatchObject({ 'content-md5': 'hBotaJrYa9FhFEdFPCLG/A==', 'content-length': '4' });
    expect(headers).not.toHaveProperty('x-amz-trailer');
    expect(headers).not.toHaveProperty('x-amz-checksum-crc32');
  });
});
