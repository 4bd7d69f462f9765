export * from './broker.js';
export { AmqpBroker, type AmqpBrokerOptions } from './amqp-broker.js';
export type { BrokerLogger } from './broker-logger.js';
export { InProcessBroker, type InProcessBrokerOptions } from './in-process-broker.js';
export { type MayReplyTo, onlyDirectReplyTo } from './reply-address.js';
export { RETRY_LADDER, type RetryRung, storageTopology, type Topology } from './topology.js';
