import { StowageError } from '@stowage/contracts';
import { checkFields } from '../check-fields.js';
import { testStorage } from '../test-storage.js';
import { type S3Fake, s3Error, startS3Fake } from './testing/s3-fake.js';
import { startS3Store } from './testing/s3-store.js';
import { loopbackDialer, s3Location } from './testing/s3-target.js';

const BUCKET = 'backups';
const CREDENTIALS = { access_key: 'AKIDTENANT', secret_key: 'of the tenant' };
const test = (endpoint: string) =>
  testStorage({
    location: s3Location(endpoint, BUCKET),
    credentials: CREDENTIALS,
    dialer: loopbackDialer(),
    depth: 'quick',
    deadlineMs: 5000,
  });

describe('an S3 client', () => {
  let trap: S3Fake;
  beforeEach(async () => void (trap = await startS3Fake(() => s3Error(403, 'AccessDenied'))));
  afterEach(() => trap.stop());

  it.each([301, 302, 303, 307, 308])('does not go where a %i sends it', async (status) => {
    const server = await startS3Fake(() => {
      const endpoint = trap.endpoint.replace('http://', '');
      const answer = s3Error(status, 'PermanentRedirect', 'go', `<Endpoint>${endpoint}</Endpoint>`);
      return {
        ...answer,
        headers: { ...answer.headers, location: `${trap.endpoint}/${BUCKET}`, 'x-amz-bucket-region': 'eu-west-1' },
      };
    });
    expect(await test(server.endpoint)).toMatchObject({ success: false });
    expect(server.requests.length).toBeGreaterThan(0);
    expect(trap.requests).toEqual([]);
    await server.stop();
  });

  it('does not take an upload elsewhere either', async () => {
    const store = await startS3Store(BUCKET);
    store.refuse = ({ method }) =>
      method === 'PUT' ? { ...s3Error(307, 'TemporaryRedirect'), headers: { location: trap.endpoint } } : null;
    expect(await test(store.endpoint)).toMatchObject({ success: false });
    expect(trap.requests).toEqual([]);
    await store.stop();
  });

  describe('takes nothing from its surroundings:', () => {
    const before = { ...process.env };
    afterEach(() => {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    });

    it('neither endpoint, credentials, profile and metadata service of AWS nor a proxy', async () => {
      const store = await startS3Store(BUCKET);
      Object.assign(process.env, {
        AWS_ENDPOINT_URL: trap.endpoint,
        AWS_ENDPOINT_URL_S3: trap.endpoint,
        AWS_ACCESS_KEY_ID: 'AKIDPLATFORM',
        AWS_SECRET_ACCESS_KEY: 'of the platform',
        AWS_SESSION_TOKEN: 'of the platform',
        AWS_PROFILE: 'platform',
        AWS_REGION: 'ap-south-1',
        AWS_EC2_METADATA_SERVICE_ENDPOINT: trap.endpoint,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: trap.endpoint,
        AWS_S3_US_EAST_1_REGIONAL_ENDPOINT: 'legacy',
        HTTP_PROXY: trap.endpoint,
        http_proxy: trap.endpoint,
        HTTPS_PROXY: trap.endpoint,
        ALL_PROXY: trap.endpoint,
        NODE_USE_ENV_PROXY: '1',
      });
      expect(await test(store.endpoint)).toMatchObject({ success: true });
      expect(trap.requests).toEqual([]);
      const signed = store.requests.map(({ headers }) => headers.authorization);
      expect(signed.every((header) => header?.includes('Credential=AKIDTENANT/'))).toBe(true);
      expect(signed.every((header) => header?.includes('/us-east-1/s3/'))).toBe(true);
      expect(store.requests.some(({ headers }) => 'x-amz-security-token' in headers)).toBe(false);
      await store.stop();
    });
  });

  it.each([
    ['blank', { access_key: '  ', secret_key: '\t' }],
    ['empty', { access_key: '', secret_key: '' }],
    ['absent', {}],
  ])('is not made with %s credentials, for which the SDK would look elsewhere', (_how, credentials) => {
    const input = { bucket: BUCKET, endpoint_url: trap.endpoint, ...credentials };
    expect(() => checkFields('minio', input)).toThrow(StowageError);
  });
});
