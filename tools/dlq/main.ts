import { EnvironmentError } from '@stowage/contracts';
import { PublishError } from '@stowage/messaging';
import { loadRunningEnvironment } from '../start/running-environment.js';
import { deadLetterCommand, DeadLetterCommandError, explain, USAGE } from './dead-letter-command.js';

loadRunningEnvironment();
try {
  console.log(await deadLetterCommand(process.argv.slice(2), process.env));
} catch (error) {
  if (error instanceof DeadLetterCommandError || error instanceof EnvironmentError) {
    console.error(`${error.message}\n\n${USAGE}`);
  } else if (error instanceof PublishError) {
    console.error(explain(error));
  } else {
    console.error(`The broker of AMQP_URL cannot be asked: ${(error as Error).message}`);
  }
  process.exitCode = 1;
}
