import { openS3 } from '../../libs/providers/src/s3/driver.js';
import { loopbackDialer, s3Location } from '../../libs/providers/src/s3/testing/s3-target.js';
import { describeStorageDriver } from '../../libs/providers/src/testing/describe-storage-driver.js';
import { testStorage } from '../../libs/providers/src/test-storage.js';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { type S3Sandbox, startS3Sandbox } from './s3-sandbox.js';

const OWNER = { access_key: 'AKSANDBOXOWNER000001', secret_key: 'right/secret+key' };
const READER = { access_key: 'AKSANDBOXREADER00001', secret_key: 'another/secret', readonly: true };

describe('The S3 server of the sandbox', () => {
  let folder: string;
  let server: S3Sandbox;

  beforeAll(async () => {
    folder = makePrivateDirectory('s3-sandbox');
    server = await startS3Sandbox({ folder, port: 0, accounts: [OWNER, READER], bucket: 'backups' });
  });
  afterAll(async () => {
    await server.stop();
    removePrivateDirectory(folder);
  });

  const open = (bucket: string, checksum_mode: 'crc32' | 'md5') =>
    openS3({
      location: s3Location(server.endpoint, bucket, { checksum_mode }),
      credentials: OWNER,
      dialer: loopbackDialer(),
    });

  for (const mode of ['crc32', 'md5'] as const) {
    describeStorageDriver(`S3 on the sandbox with checksum mode ${mode}`, {
      open: () => open('backups', mode),
      openMissingContainer: () => open('no-such-bucket', mode),
    });
  }

  it.each([
    ['the right keys', OWNER, null],
    ['a wrong secret', { ...OWNER, secret_key: 'wrong' }, 'credentials.secret_wrong'],
    ['an unknown key', { ...OWNER, access_key: 'AKNOBODY' }, 'credentials.access_key_unknown'],
    ['keys that may only read', READER, 'permission.write_denied'],
  ])(
    'is tested as it is with %s',
    async (_whose, { access_key, secret_key }, code) => {
      const result = await testStorage({
        location: s3Location(server.endpoint, 'backups'),
        credentials: { access_key, secret_key },
        dialer: loopbackDialer(),
        depth: 'full',
        deadlineMs: 60_000,
      });
      expect(result).toMatchObject({ success: code === null, code });
    },
    60_000,
  );
});
