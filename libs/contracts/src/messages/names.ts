/** Exchanges and queues. Declared by the worker alone; the topology itself is in @stowage/messaging. */
export const EXCHANGES = {
  commands: 'storage.commands',
  rpc: 'storage.rpc',
  gateway: 'storage.gateway',
  events: 'storage.events',
  backupEvents: 'backup.events',
} as const;

export const QUEUES = {
  commands: 'storage-worker.commands',
  backupEvents: 'storage-worker.backup-events',
  rpc: 'storage-worker.rpc',
  gateway: 'storage-worker.gateway',
  probe: 'storage-worker.probe',
  deadLetters: 'storage-worker.dlq',
} as const;

export const COMMANDS = ['storage.test', 'storage.usage.refresh', 'storage.create'] as const;
export type CommandName = (typeof COMMANDS)[number];

export const RPC_METHODS = ['storage.default.get', 'storage.config.get'] as const;
export type RpcMethod = (typeof RPC_METHODS)[number];

/** On `storage.gateway`. `storage.test` is bound to the probe queue, all others to the gateway queue. */
export const GATEWAY_METHODS = [
  'storage.create',
  'storage.update',
  'storage.delete',
  'storage.test',
  'storage.usage.refresh',
  'settings.update',
  'operation.cancel',
  'backup.delete',
  'egress.report_scan',
  'egress.replace_allowances',
] as const;
export type GatewayMethod = (typeof GATEWAY_METHODS)[number];

export const EVENTS = [
  'storage.created',
  'storage.updated',
  'storage.deleted',
  'storage.default.changed',
  'storage.tested',
  'storage.health.changed',
  'storage.usage.refreshed',
  'storage.create.failed',
  'storage.command.rejected',
  'storage.command.expired',
  'storage.credentials.rotation_due',
  'storage.settings.changed',
  'storage.backup.recorded',
  'storage.backup.orphaned',
  'storage.backup.refused',
] as const;
export type EventName = (typeof EVENTS)[number];

export const BACKUP_EVENTS = ['backup.started', 'backup.completed', 'backup.failed', 'backup.deleted'] as const;
export type BackupEventName = (typeof BACKUP_EVENTS)[number];

/** What a registered service may be allowed: the commands, the RPC methods, and to report backups. */
export const SERVICE_RIGHTS = [...RPC_METHODS, ...COMMANDS, 'backup.report'] as const;
export type ServiceRight = (typeof SERVICE_RIGHTS)[number];
