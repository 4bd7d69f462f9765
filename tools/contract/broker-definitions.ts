import { definitions } from '@stowage/messaging';
import { BROKER_USERS } from '../start/broker/message-broker.js';

/**
 * The topology, the policies and the users with the least that each needs, for `rabbitmqctl import_definitions`. No user has
 * a password: `rabbitmqctl change_password` gives it one.
 */
export const brokerDefinitionsJson = (): string =>
  `${JSON.stringify(definitions({ users: BROKER_USERS.map((user) => ({ ...user, password: null })) }), null, 2)}\n`;
