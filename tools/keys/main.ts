import { EnvironmentError } from '@stowage/contracts';
import { loadRunningEnvironment } from '../start/running-environment.js';
import { keysCommand, KeysCommandError, USAGE } from './keys-command.js';

const EXPLAINED = ['KeyringError', 'SecretFileError', 'KeyCheckError', 'RotationError', 'VaultError'];

loadRunningEnvironment();
try {
  const isWell = await keysCommand(process.argv.slice(2), process.env, (line) => console.log(line));
  if (!isWell) process.exitCode = 1;
} catch (error) {
  const { name, message } = error as Error;
  if (error instanceof KeysCommandError || error instanceof EnvironmentError) console.error(`${message}\n\n${USAGE}`);
  else if (EXPLAINED.includes(name)) console.error(`${process.env['ENCRYPTION_KEYRING_FILE']}: ${message}`);
  else console.error(`It failed: ${message}`);
  process.exitCode = 1;
}
