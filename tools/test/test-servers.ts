import { missing, startPostgres, startRabbitmq } from '../servers/index.js';

export interface TestServers {
  /** DATABASE_URL and AMQP_URL for the tests. */
  environment: Record<string, string>;
  stop(): Promise<void>;
}

/** The servers of DATABASE_URL and AMQP_URL, else private ones. Tests that need more of a server start their own. */
export async function startTestServers(): Promise<TestServers> {
  const environment: Record<string, string> = {};
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
  };
  try {
    if (!process.env['DATABASE_URL']) {
      const database = await startPostgres();
      started.push(database);
      environment['DATABASE_URL'] = await database.createDatabase('stowage');
    }
    if (!process.env['AMQP_URL'] && missing('rabbitmq') === null) {
      const broker = await startRabbitmq();
      started.push(broker);
      environment['AMQP_URL'] = broker.url;
    }
    return { environment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
