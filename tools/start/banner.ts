import { PROVIDERS } from '@stowage/contracts';
import type { Sandbox } from '../sandbox/start-sandbox.js';
import type { MessageBroker } from './broker/message-broker.js';
import { sandboxStorages } from './sandbox-storages.js';

interface Started {
  url: string;
  /** Null where tokens are made elsewhere. */
  token: string | null;
  organizationId: string;
  database: string;
  broker: MessageBroker;
  dataDirectory: string;
  sandbox: Sandbox | null;
}

const RULE = '─'.repeat(100);
const HOW_TO_GET_RABBITMQ = 'apt-get install rabbitmq-server, or set AMQP_URL, then start again';

/** What a person needs who has just started Stowage; every command works as it is pasted. */
export function banner(started: Started): string {
  const { url, token, organizationId, sandbox } = started;
  return [
    '',
    RULE,
    `Stowage is ready.     Console  ${url}/     REST documentation  ${url}/docs`,
    '',
    `Database   ${started.database}`,
    ...describeBroker(started.broker),
    `Data       ${started.dataDirectory}`,
    '',
    ...(token
      ? describeToken(token, organizationId)
      : ['Tokens come from the issuer behind JWT_JWKS_URL; put one for <token> below.']),
    '',
    'First look:',
    '',
    `curl -sS -H 'Authorization: Bearer ${token ?? '<token>'}' '${storageConfigs(url, organizationId)}'`,
    ...(sandbox ? describeSandbox(started, sandbox) : []),
    '',
    'Ctrl-C stops all that was started here, and nothing else.',
    RULE,
    '',
  ].join('\n');
}

const describeToken = (token: string, organizationId: string): string[] => [
  `Token, good for 12 hours, of organization ${organizationId}`,
  'with all permissions and for the platform (npm run token -- --org … prints others):',
  '',
  token,
];

function describeBroker(broker: MessageBroker): string[] {
  if (broker.kind === 'rabbitmq') return [`Broker     ${broker.description}`];
  return [
    'Broker     none: everything runs in one process, and other services cannot connect.',
    `           To get one: ${HOW_TO_GET_RABBITMQ}.`,
    ...broker.reasons.map((reason) => `           - ${reason}`),
  ];
}

function describeSandbox({ url, organizationId, token }: Started, sandbox: Sandbox): string[] {
  const storages = sandboxStorages(sandbox);
  const address = storageConfigs(url, organizationId, '/test-connection');
  return [
    '',
    `Sandbox: S3 at ${sandbox.s3Endpoint}, SFTP on port ${sandbox.sftpPort}, FTP on port ${sandbox.ftpPort}.`,
    'Test a storage of each kind (POST the same with a "name" to /storage-configs to save it):',
    '',
    `TOKEN='${token ?? '<token>'}'`,
    `stowage_test() { curl -sS -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' '${address}' -d "$1"; echo; }`,
    ...PROVIDERS.map((provider) => `stowage_test '${JSON.stringify({ provider, ...storages[provider] })}'`),
  ];
}

const storageConfigs = (url: string, organizationId: string, path = '') =>
  `${url}/api/v1/backups/storage-configs${path}?organization_id=${organizationId}`;
