export { BrokerTransport, type TransportObserver } from './broker-transport.js';
export { DeadLetter } from './dead-letter.js';
export { OnBackupEvent, OnCommand, OnGatewayRequest, OnServiceRequest, type Route } from './handlers.js';
export { MessageContext } from './message-context.js';
