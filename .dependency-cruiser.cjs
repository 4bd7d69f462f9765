/**
 * The arrows of docs/ARCHITECTURE.md as a program. `room: [rooms it may import through their front doors]`.
 * A room that is not listed as a target here cannot be imported at all.
 */
const ARROWS = {
  'libs/contracts': [],
  'libs/encryption': [],
  'libs/entities': ['contracts'],
  'libs/permissions': ['contracts'],
  'libs/messaging': ['contracts'],
  'libs/providers': ['contracts'],
  'libs/telemetry': ['messaging', 'contracts'],
  'libs/client': ['messaging', 'contracts', 'encryption'],
  'apps/gateway': [
    'client',
    'messaging',
    'messaging/nest',
    'entities',
    'permissions',
    'contracts',
    'encryption',
    'providers',
    'telemetry',
  ],
  'apps/storage-worker': [
    'messaging',
    'messaging/nest',
    'entities',
    'encryption',
    'contracts',
    'providers',
    'providers/open',
    'telemetry',
  ],
  // It talks to the documented REST API and knows nothing else of us.
  'apps/console': [],
  'examples/backup-service': ['client', 'client/nest', 'providers/open'],
};

const DOORS = {
  contracts: 'libs/contracts/src/index.ts',
  encryption: 'libs/encryption/src/index.ts',
  entities: 'libs/entities/src/index.ts',
  permissions: 'libs/permissions/src/index.ts',
  messaging: 'libs/messaging/src/index.ts',
  'messaging/nest': 'libs/messaging/src/nest/index.ts',
  providers: 'libs/providers/src/index.ts',
  'providers/open': 'libs/providers/src/open.ts',
  telemetry: 'libs/telemetry/src/index.ts',
  client: 'libs/client/src/index.ts',
  'client/nest': 'libs/client/src/nest/index.ts',
};

const exactly = (path) => `^${path.replaceAll('.', '\\.')}$`;

const arrows = Object.entries(ARROWS).map(([room, allowed]) => ({
  name: `arrows-of-${room.replace('/', '-')}`,
  comment: `${room} may import only: ${allowed.join(', ') || 'nothing of ours'} (front doors only).`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    path: '^(apps|libs|examples|tools|test)/',
    pathNot: [`^${room}/`, '^tools/servers/', ...allowed.map((door) => exactly(DOORS[door]))],
  },
}));

/** An SDK lives only in the folder that wraps it. */
const CONFINED = {
  '@aws-sdk|@smithy': '^libs/providers/src/s3/',
  'ssh2|ssh2-sftp-client': '^libs/providers/src/sftp/',
  'basic-ftp': '^libs/providers/src/ftp/',
  amqplib: '^libs/messaging/',
  '@opentelemetry': '^libs/telemetry/',
  jose: '^libs/(encryption|permissions)/',
  piscina: '^apps/storage-worker/src/probe-pool/',
};

const confined = Object.entries(CONFINED).map(([packages, home]) => ({
  name: `confined-${packages.replaceAll(/[^a-z0-9]+/g, '-')}`,
  comment: `${packages} only inside ${home}`,
  severity: 'error',
  from: { path: '^(apps|libs|examples)/', pathNot: [home, '\\.(spec|medium)\\.ts$', '/testing/'] },
  to: { path: `node_modules/(${packages})(/|$)` },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'providers-do-not-know-each-other',
      severity: 'error',
      from: { path: '^libs/providers/src/(s3|sftp|ftp|memory)/' },
      to: { path: '^libs/providers/src/(s3|sftp|ftp|memory)/', pathNot: '^libs/providers/src/$1/' },
    },
    {
      name: 'the-worker-dials-in-threads',
      comment: 'A hostile server may hold up or eat what dials it: only the threads of the probe pool open storages.',
      severity: 'error',
      from: {
        path: '^apps/storage-worker/src/',
        pathNot: ['^apps/storage-worker/src/(probe-pool|testing)/', '\\.(spec|medium)\\.ts$'],
      },
      to: { path: '^libs/providers/src/open\\.ts$' },
    },
    {
      name: 'front-door-of-providers-loads-no-driver',
      comment: 'The gateway imports the front door: no SDK may be loaded through it.',
      severity: 'error',
      from: { path: '^libs/providers/src/index\\.ts$' },
      to: { path: 'node_modules/(@aws-sdk|@smithy|ssh2|ssh2-sftp-client|basic-ftp)/', reachable: true },
    },
    {
      name: 'plain-front-doors-load-no-nest',
      severity: 'error',
      from: { path: '^libs/(messaging|client)/src/index\\.ts$' },
      to: { path: 'node_modules/@nestjs/', reachable: true },
    },
    {
      name: 'fixtures-only-in-tests',
      severity: 'error',
      from: { path: '^(apps|libs|examples)/', pathNot: '\\.(spec|medium)\\.ts$' },
      to: { path: '^tools/' },
    },
    {
      name: 'apps-and-libs-start-no-process',
      comment: 'What a tenant sends must never be able to become a command line. Probes run in threads.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['\\.(spec|medium)\\.ts$', '/testing/', 'vite\\.config\\.ts$'] },
      to: { path: '^(node:)?(child_process|cluster)$' },
    },
    ...arrows,
    ...confined,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.stowage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
