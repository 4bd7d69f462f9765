import { AmqpBroker } from '@stowage/messaging';
import { StowageClient, type StowageClientOptions } from './stowage-client.js';

/** Connects over AMQP, reconnecting by itself for as long as the client is open. */
export function connectStowage(options: StowageClientOptions & { amqpUrl: string }): StowageClient {
  return new StowageClient(new AmqpBroker({ url: options.amqpUrl, name: options.service }), options);
}
