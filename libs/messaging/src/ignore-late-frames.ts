/** What is needed of amqplib's connection; not among its types. */
export interface FrameReceiver {
  /** By number, 0 = the connection itself. */
  channels: readonly unknown[];
  accept: (frame: { channel: number }) => void;
}

/**
 * RabbitMQ goes on delivering for a moment on a channel that it has closed
 * (https://github.com/rabbitmq/rabbitmq-server/issues/13384). amqplib has forgotten the channel by then, takes such a
 * frame for a breach of protocol, and closes the connection with every other channel on it. Here it goes unheard, as in
 * RabbitMQ's own clients: the message was not acknowledged and comes again.
 */
export function ignoreLateFrames(connection: FrameReceiver): void {
  const accept = connection.accept.bind(connection);
  connection.accept = (frame) => {
    if (connection.channels[frame.channel]) accept(frame);
  };
}
