import { placeOf } from '@stowage/contracts';
import type { BrokerLogger } from './broker-logger.js';
import type { Delivery, DeliveryHandler, Verdict } from './broker.js';

/** The handler's verdict; an exception counts as `retry`. The log names the error's place, never the message's content. */
export async function verdictOf(handle: DeliveryHandler, delivery: Delivery, logger: BrokerLogger): Promise<Verdict> {
  try {
    return await handle(delivery);
  } catch (error) {
    logger.error(`${delivery.routing_key} failed: ${placeOf(error)}`);
    return { verdict: 'retry', reason: 'request.internal' };
  }
}
