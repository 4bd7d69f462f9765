import { EnvironmentError } from '@stowage/contracts';
import { developmentToken, TokenCommandError, USAGE } from './development-token.js';

try {
  console.log(await developmentToken(process.argv.slice(2), process.env));
} catch (error) {
  if (!(error instanceof TokenCommandError || error instanceof EnvironmentError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 1;
}
