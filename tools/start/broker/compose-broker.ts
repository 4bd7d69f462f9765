import { writeFileSync } from 'node:fs';
import { LeashedProcess } from '../../servers/leashed-process.js';
import { MissingServerError } from '../../servers/index.js';
import { freePort } from '../../servers/ports.js';
import { findProgram } from '../../servers/requirements.js';
import { run } from '../../servers/run.js';
import type { DataDirectory } from '../data-directory.js';
import { type MessageBroker, ourBroker, ourDefinitions } from './message-broker.js';
import { speaksAmqp } from './speaks-amqp.js';

/** The same image as in docker-compose.yml. */
const IMAGE = 'rabbitmq:4.1.4-alpine';
/** The image may have to be fetched first. */
const START_SECONDS = 300;

/** RabbitMQ in a container, where an engine runs. @throws MissingServerError */
export async function composeBroker(data: DataDirectory, say: (line: string) => void): Promise<MessageBroker> {
  const docker = findProgram('docker');
  if (!docker) throw new MissingServerError('docker is not installed');
  await engineRuns(docker).catch((error: Error) => {
    throw new MissingServerError(`docker compose does not work: ${error.message.split('\n')[0]}`);
  });
  say(`Starting ${IMAGE} with docker compose …`);
  const port = await freePort();
  const file = writeComposeFile(data, port);
  const server = new LeashedProcess({
    name: 'docker compose',
    command: docker,
    args: ['compose', '--file', file, 'up', '--no-color', '--abort-on-container-exit'],
    logFile: data.file('rabbitmq-compose.log'),
    graceSeconds: 30,
  });
  await server.ready(() => speaksAmqp({ host: '127.0.0.1', port }), START_SECONDS);
  return ourBroker(data, `RabbitMQ in a container (${IMAGE})`, {
    host: '127.0.0.1',
    port,
    stop: async () => {
      await server.stop();
      await run(docker, ['compose', '--file', file, 'down'], { timeoutMs: 60_000 });
    },
  });
}

async function engineRuns(docker: string): Promise<void> {
  await run(docker, ['info'], { timeoutMs: 10_000 });
  await run(docker, ['compose', 'version'], { timeoutMs: 10_000 });
}

/** JSON is YAML. The secrets are in the mounted file alone. */
function writeComposeFile(data: DataDirectory, port: number): string {
  const folder = data.folder('rabbitmq-compose');
  const definitions = `${folder}/definitions.json`;
  // The server's account in the container is another one; the folder around it is closed.
  writeFileSync(definitions, JSON.stringify(ourDefinitions(data)), { mode: 0o644 });
  writeFileSync(`${folder}/rabbitmq.conf`, 'load_definitions = /etc/rabbitmq/definitions.json\n');
  const file = `${folder}/compose.json`;
  const mount = (name: string) => `${folder}/${name}:/etc/rabbitmq/${name}:ro`;
  const rabbitmq = {
    image: IMAGE,
    hostname: 'rabbitmq',
    ports: [`127.0.0.1:${port}:5672`],
    volumes: [mount('definitions.json'), mount('rabbitmq.conf'), 'data:/var/lib/rabbitmq'],
  };
  writeFileSync(file, JSON.stringify({ services: { rabbitmq }, volumes: { data: {} } }, null, 2));
  return file;
}
