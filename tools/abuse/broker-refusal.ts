import amqp, { type ChannelModel, type Options } from 'amqplib';

/** What the broker says when it is tried; null when it let it happen. */
export async function refusal(
  url: string,
  attempt: (connection: ChannelModel) => Promise<unknown>,
): Promise<string | null> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  try {
    await attempt(connection);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await connection.close().catch(() => undefined);
  }
}

/** Publishing tells of a refusal on the channel, later. */
export function published(
  connection: ChannelModel,
  exchange: string,
  key: string,
  options: Options.Publish = {},
): Promise<void> {
  return connection.createConfirmChannel().then(
    (channel) =>
      new Promise((resolve, reject) => {
        channel.on('error', reject);
        channel.publish(exchange, key, Buffer.from('{}'), options, (error) =>
          error ? reject(error as Error) : resolve(),
        );
      }),
  );
}

export const onChannel =
  (work: (channel: amqp.Channel) => Promise<unknown>) =>
  async (connection: ChannelModel): Promise<unknown> => {
    const channel = await connection.createChannel();
    const lost = new Promise((_resolve, reject) => channel.on('error', reject));
    return Promise.race([work(channel), lost]);
  };
