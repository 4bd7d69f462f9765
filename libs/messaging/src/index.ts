export * from './broker.js';
export { AmqpBroker } from './amqp-broker.js';
export { InProcessBroker } from './in-process-broker.js';
export { storageTopology } from './topology.js';
export { definitions } from './definitions.js';
export type { DeadLetterRecord } from './dead-letter-record.js';
export { dropDeadLetters, listDeadLetters, redriveDeadLetters } from './dead-letters.js';
