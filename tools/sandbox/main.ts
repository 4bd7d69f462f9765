/** The sandbox alone, for docker compose: storages of each kind, on all addresses of its container. */
import { readFileSync } from 'node:fs';
import { readEnvironment, required, text } from '@stowage/contracts';
import { startSandbox } from './start-sandbox.js';

const { SANDBOX_HOST, SANDBOX_DIR, SANDBOX_SECRET, SANDBOX_HOST_KEY } = readEnvironment(
  {
    SANDBOX_HOST: text(),
    SANDBOX_DIR: required('the folder that the objects go to'),
    SANDBOX_SECRET: required('the S3 secret key and the password of both logins'),
    SANDBOX_HOST_KEY: required('the private host key of the SFTP server'),
  },
  process.env,
  (path) => readFileSync(path, 'utf8'),
);

const sandbox = await startSandbox({
  folder: SANDBOX_DIR,
  ports: { s3: 9010, sftp: 2022, ftp: 2021 },
  host: SANDBOX_HOST ?? undefined,
  secret: SANDBOX_SECRET,
  hostKey: `${SANDBOX_HOST_KEY}\n`,
});
console.log(
  `S3 on port 9010 (${sandbox.accessKey}), SFTP on 2022 and FTP on 2021 (${sandbox.username}), bucket ${sandbox.bucket}`,
);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void sandbox.stop().then(() => process.exit(0)));
}
