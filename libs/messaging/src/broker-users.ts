/** What a broker user may do, as regular expressions over the names of exchanges and queues. */
export interface BrokerPermissions {
  configure: string;
  write: string;
  read: string;
}

export type BrokerRole = 'storage-worker' | 'gateway' | 'service';

/**
 * Least privilege by role. `amq.gen-*` are the private queues of subscribers, `amq.default` is the exchange of replies.
 * https://www.rabbitmq.com/docs/access-control
 */
export const BROKER_PERMISSIONS: Record<BrokerRole, BrokerPermissions> = {
  'storage-worker': {
    configure: '^(storage\\..+|storage-worker\\..+|backup\\.events|amq\\.gen-.*)$',
    write: '^(storage\\.(events|dlx|unrouted|retry\\..+)|storage-worker\\..+|amq\\.default|amq\\.gen-.*)$',
    read: '^(storage\\..+|storage-worker\\..+|backup\\.events|amq\\.gen-.*)$',
  },
  gateway: {
    configure: '^amq\\.gen-.*$',
    write: '^(storage\\.gateway|amq\\.gen-.*)$',
    read: '^(storage\\.events|amq\\.gen-.*)$',
  },
  service: {
    configure: '^amq\\.gen-.*$',
    write: '^(storage\\.rpc|storage\\.commands|backup\\.events|amq\\.gen-.*)$',
    read: '^(storage\\.events|amq\\.gen-.*)$',
  },
};
