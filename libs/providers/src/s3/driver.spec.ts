import type { StorageLocation, TestResult, Warning } from '@stowage/contracts';
import type { IncomingMessage } from 'node:http';
import type { Dialer } from '../dialer/dialer.js';
import { Storage } from '../storage.js';
import { testStorage } from '../test-storage.js';
import { startS3Store, type S3Store } from './testing/s3-store.js';
import { type FakeAnswer, type S3Fake, s3Error, startS3Fake } from './testing/s3-fake.js';
import { loopbackDialer, s3Location } from './testing/s3-target.js';
import { openS3 } from './driver.js';

const CREDENTIALS = { access_key: 'AKEXAMPLEEXAMPLE0001', secret_key: 'secret/with+signs' };
const ACCOUNT = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

/** A service that keeps what it is sent, and may refuse some of it first. */
let store: S3Store;
beforeEach(async () => (store = await startS3Store('backups')));
afterEach(() => store.stop());

const dialer = loopbackDialer({ resolve: () => Promise.resolve(['127.0.0.1']) });
const locationOf = (more: Partial<StorageLocation> = {}) => ({
  ...s3Location(store.endpoint, 'backups', { path_prefix: 'org/' }),
  ...more,
});
const run = (location: StorageLocation = locationOf(), via: Dialer = dialer): Promise<TestResult> =>
  testStorage({ location, credentials: CREDENTIALS, dialer: via, depth: 'quick', deadlineMs: 5000 });
const codesOf = (warnings: Warning[]) => warnings.map(({ code }) => code);
const isUpload = (request: IncomingMessage) => request.method === 'PUT';

describe('the way in which an S3 service is spoken to', () => {
  it('is kept where nothing was refused, and not told', async () => {
    const result = await run();
    expect(result.success).toBe(true);
    expect(result).not.toHaveProperty('addressing');
    expect(result).not.toHaveProperty('checksum_mode');
  });

  it.each([
    ['which denies that the bucket exists', s3Error(404, 'NoSuchBucket')],
    ['with a code that only one vendor has', s3Error(403, 'SecondLevelDomainForbidden')],
  ])('becomes virtual for a service that takes no bucket in the path, %s', async (_how, refusal) => {
    store.refuse = ({ headers }) => (headers.host?.startsWith('backups.') ? null : refusal);
    const location = locationOf({ endpoint_url: store.endpoint.replace('127.0.0.1', 'cos.example') });
    await expect(run(location)).resolves.toMatchObject({ success: true, addressing: 'virtual' });
  });

  it('becomes path for a service that has no names below its own', async () => {
    const location = locationOf({
      endpoint_url: store.endpoint.replace('127.0.0.1', 'minio.example'),
      addressing: 'virtual',
    });
    store.refuse = ({ headers }) => (headers.host?.startsWith('backups.') ? { status: 200, body: '<html>' } : null);
    await expect(run(location)).resolves.toMatchObject({ success: true, addressing: 'path' });
  });

  it('stays what it was where the other one is refused too', async () => {
    store.refuse = () => s3Error(404, 'NoSuchBucket');
    const location = locationOf({ endpoint_url: store.endpoint.replace('127.0.0.1', 'cos.example') });
    await expect(run(location)).resolves.toMatchObject({ code: 'container.not_found', bucket_exists: false });
  });
});

describe('the checksum of uploads', () => {
  const without = (header: string, refusal: FakeAnswer) => (request: IncomingMessage) =>
    isUpload(request) && !(header in request.headers) ? refusal : null;
  const withHeader = (header: string, refusal: FakeAnswer) => (request: IncomingMessage) =>
    isUpload(request) && header in request.headers ? refusal : null;

  it.each([
    ['NotImplemented', s3Error(501, 'NotImplemented', "Header 'x-amz-checksum-crc32' is not implemented")],
    ['InvalidArgument', s3Error(400, 'InvalidArgument', "Unsupported header 'x-amz-checksum-crc32'")],
    ['XAmzContentSHA256Mismatch', s3Error(400, 'XAmzContentSHA256Mismatch')],
    ['MissingContentLength', s3Error(411, 'MissingContentLength')],
  ])('becomes Content-MD5 where CRC32 is refused with %s', async (_code, refusal) => {
    store.refuse = withHeader('x-amz-checksum-crc32', refusal);
    const result = await run(locationOf({ checksum_mode: 'crc32' }));
    expect(result).toMatchObject({ success: true, checksum_mode: 'md5' });
  });

  it('becomes Content-MD5 where Object Lock demands one', async () => {
    store.refuse = without('content-md5', s3Error(400, 'InvalidRequest', 'Content-MD5 OR x-amz-checksum- is required'));
    const result = await run(locationOf({ checksum_mode: 'required' }));
    expect(result).toMatchObject({ success: true, checksum_mode: 'md5' });
  });

  it('is left out where none is taken', async () => {
    store.refuse = (request) =>
      withHeader('content-md5', s3Error(501, 'NotImplemented'))(request) ??
      withHeader('x-amz-checksum-crc32', s3Error(501, 'NotImplemented'))(request);
    await expect(run()).resolves.toMatchObject({ success: true, checksum_mode: 'required' });
  });

  it('is named where Object Lock demands one and none is taken', async () => {
    store.refuse = (request) => (isUpload(request) ? s3Error(400, 'InvalidRequest') : null);
    const result = await run(locationOf({ checksum_mode: 'required' }));
    expect(result).toMatchObject({ code: 's3.object_lock_checksum', can_write: false });
  });

  it('is not to blame where every one is refused: the first refusal is told', async () => {
    store.refuse = (request) => (isUpload(request) ? s3Error(501, 'NotImplemented') : null);
    await expect(run()).resolves.toMatchObject({ code: 's3.checksum_unsupported', can_write: false });
  });

  it('stays found for what is written after it, as the stream of a backup', async () => {
    store.refuse = withHeader('content-md5', s3Error(501, 'NotImplemented'));
    const driver = await openS3({ location: locationOf(), credentials: CREDENTIALS, dialer });
    const storage = new Storage(driver, { prefix: 'org/' });
    await storage.put('first', Buffer.from('x'));
    await expect(storage.put('second', Buffer.from('y'))).resolves.toMatchObject({ sizeConfirmed: true });
    expect(store.requests.filter(isUpload)).toHaveLength(3);
    await storage.close();
  });

  it.each(['crc32', 'required', 'md5'] as const)('never makes trailers part of the data in mode %s', async (mode) => {
    await expect(run(locationOf({ checksum_mode: mode }))).resolves.toMatchObject({ success: true });
    expect(store.requests.some(({ headers }) => 'x-amz-trailer' in headers)).toBe(false);
  });
});

describe('a bucket that refuses an upload without an encryption header', () => {
  const ENCRYPTION = 'x-amz-server-side-encryption';
  const demanding = (value: string) => (request: IncomingMessage) =>
    isUpload(request) && request.headers[ENCRYPTION] !== value ? s3Error(403, 'AccessDenied') : null;

  it.each(['AES256', 'aws:kms'])('is told once one with %s was taken, and that one is deleted', async (value) => {
    store.refuse = demanding(value);
    const result = await run();
    expect(result).toMatchObject({ success: false, code: 's3.encryption_header', can_write: false });
    expect(result.hint).toContain(`s3:x-amz-server-side-encryption (${value})`);
    expect(store.requests.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('test-connection') });
    expect(codesOf(result.warnings)).not.toContain('object.leftover');
  });

  it('names what stays of the question where nothing may be deleted', async () => {
    store.refuse = (request) =>
      request.method === 'DELETE' ? s3Error(403, 'AccessDenied') : demanding('AES256')(request);
    const { code, warnings } = await run();
    expect({ code, codes: codesOf(warnings) }).toMatchObject({
      code: 's3.encryption_header',
      codes: expect.arrayContaining(['object.leftover']),
    });
  });

  it('is told from one that takes nothing at all', async () => {
    store.refuse = demanding('nothing that is ever sent');
    const result = await run();
    expect(result).toMatchObject({ code: 'permission.write_denied', can_write: false });
    expect(result.hint).toContain('without a condition on encryption headers');
  });

  it('is not asked by a backup, whose object it must not replace', async () => {
    store.refuse = demanding('AES256');
    const driver = await openS3({ location: locationOf(), credentials: CREDENTIALS, dialer });
    const backup = new Storage(driver, { prefix: 'org/' });
    await expect(backup.put('first', Buffer.from('x'))).rejects.toMatchObject({ code: 'permission.write_denied' });
    expect(store.requests.filter(isUpload)).toHaveLength(1);
    await backup.close();
  });
});

describe('a bucket of Cloudflare R2', () => {
  const r2 = (jurisdiction = '') =>
    locationOf({
      provider: 'cloudflare_r2',
      region: 'auto',
      endpoint_url: store.endpoint.replace('127.0.0.1', `${ACCOUNT}${jurisdiction}.r2.cloudflarestorage.com`),
    });

  it.each([
    ['NoSuchBucket', 404, '', 'eu'],
    ['AccessDenied', 403, '', 'fedramp'],
    ['NoSuchBucket', 404, '.eu', 'default'],
  ])('answered with %s (%i) is found in its jurisdiction', async (code, status, used, expected) => {
    const home = `${ACCOUNT}${expected === 'default' ? '' : `.${expected}`}.r2`;
    store.refuse = ({ headers }) => (headers.host?.startsWith(home) ? null : s3Error(status, code));
    const result = await run(r2(used));
    expect(result).toMatchObject({
      success: false,
      code: 's3.jurisdiction_mismatch',
      suggested_config: { jurisdiction: expected },
    });
    expect(result.hint).toContain(`Set jurisdiction to ${expected}`);
  });

  it('that is in none of them is not found', async () => {
    store.refuse = () => s3Error(404, 'NoSuchBucket');
    await expect(run(r2())).resolves.toMatchObject({ code: 'container.not_found', suggested_config: null });
  });

  it('to which a key may only write, read and delete objects is green', async () => {
    store.refuse = ({ method, url = '' }) =>
      method === 'HEAD' && !url.includes('test-connection') ? s3Error(403, 'AccessDenied') : listDenied(url);
    const result = await run(r2());
    expect(result.success).toBe(true);
    expect(codesOf(result.warnings)).toContain('permission.list_denied');
  });
});

const listDenied = (url: string) => (url.includes('list-type=2') ? s3Error(403, 'AccessDenied') : null);

describe('what a green test of S3 tells beside', () => {
  it('is that listing is refused, and what will be missing', async () => {
    store.refuse = ({ method, url = '' }) =>
      method === 'HEAD' && !url.includes('test-connection') ? s3Error(403, 'AccessDenied') : listDenied(url);
    const { success, warnings } = await run();
    expect(success).toBe(true);
    const warning = warnings.find(({ code }) => code === 'permission.list_denied');
    expect(warning?.message).toContain('usage cannot be measured');
    const listings = store.requests.filter(({ url = '' }) => url.includes('list-type=2'));
    expect(listings.map(({ url }) => new URL(url ?? '', store.endpoint).searchParams.get('prefix'))).toEqual(['org/']);
  });

  it('is nothing where the list of the prefix alone is allowed', async () => {
    store.refuse = ({ method, url = '' }) =>
      method === 'HEAD' && !url.includes('test-connection') ? s3Error(403, 'AccessDenied') : null;
    const { success, bucket_exists, warnings } = await run();
    expect({ success, bucket_exists, codes: codesOf(warnings) }).toEqual({
      success: true,
      bucket_exists: true,
      codes: ['s3.clear_text'],
    });
  });

  it('is by how many seconds the clocks differ, once', async () => {
    store.clockOffsetS = -120;
    const { success, warnings } = await run();
    expect(success).toBe(true);
    const skews = warnings.filter(({ code }) => code === 's3.clock_skew');
    expect(skews.map(({ message }) => /\b(119|120|121) seconds behind/.test(message))).toEqual([true]);
  });

  it('takes few round trips', async () => {
    await run();
    expect(store.requests.map(({ method }) => method)).toEqual(['HEAD', 'PUT', 'HEAD', 'GET', 'DELETE', 'HEAD']);
  });
});

describe('a wrong endpoint', () => {
  let other: S3Fake;
  afterEach(() => other?.stop());

  it('of TLS on a port of clear text is suggested with http, as an S3 service answers there', async () => {
    const location = locationOf({ endpoint_url: store.endpoint.replace('http:', 'https:') });
    await expect(run(location)).resolves.toMatchObject({
      code: 'tls.not_tls',
      suggested_config: { endpoint_url: store.endpoint },
    });
    expect(store.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('of TLS on a port of a web server is not suggested with http', async () => {
    other = await startS3Fake(() => ({ status: 200, body: '<html><body>Welcome</body></html>' }));
    const location = locationOf({ endpoint_url: other.endpoint.replace('http:', 'https:') });
    await expect(run(location)).resolves.toMatchObject({ code: 'tls.not_tls', suggested_config: null });
  });

  it.each([
    ['where an S3 service answers on its API port', 'store', { endpoint_url: 'http://minio.example:9000' }],
    ['and nothing else, where no S3 service does', 'page', null],
  ])('of the console of MinIO is suggested with the API port %s', async (_where, api, suggested_config) => {
    other = await startS3Fake(() => ({ status: 200, body: '<html><title>MinIO Console</title></html>' }));
    const ports: Record<number, number> = { 9001: other.port, 9000: api === 'store' ? store.port : other.port };
    const redirected: Dialer = {
      ...dialer,
      connect: (target) => dialer.connect({ ...target, port: ports[target.port] ?? target.port }),
    };
    const location = locationOf({ endpoint_url: 'http://minio.example:9001' });
    const result = await run(location, redirected);
    expect(result).toMatchObject({ code: 's3.not_s3', suggested_config });
    expect(store.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('that has the bucket in its host is told from the object that is missing there', async () => {
    store.refuse = ({ method }) => (method === 'HEAD' ? { status: 404 } : s3Error(404, 'NoSuchKey'));
    const location = locationOf({ endpoint_url: store.endpoint.replace('127.0.0.1', 'backups.nyc3.example') });
    await expect(run(location)).resolves.toMatchObject({
      code: 's3.endpoint_has_bucket',
      suggested_config: { endpoint_url: store.endpoint.replace('127.0.0.1', 'nyc3.example') },
    });
  });

  it.each([
    ['backups.s3-eu-west-1.amazonaws.com', 'eu-west-1'],
    ['backups.s3.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ])('of another region is told from the host that a redirect names, %s', async (host, region) => {
    store.refuse = () => s3Error(301, 'PermanentRedirect', '', `<Endpoint>${host}</Endpoint>`);
    await expect(run()).resolves.toMatchObject({ code: 's3.region_mismatch', suggested_config: { region } });
  });
});
