import { StowageError } from '@stowage/contracts';
import { QueryFailedError } from 'typeorm';

const NAME_INDEX = 'storage_configs_name';

/** Runs a write whose one unique value of the user's choice is the name. @throws StowageError `config.name_taken` */
export async function refusingTakenName<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isNameTaken(error)) throw error;
    throw new StowageError('config.name_taken', `The name ${JSON.stringify(name)} is already used.`, { cause: error });
  }
}

function isNameTaken(error: unknown): boolean {
  return error instanceof QueryFailedError && (error.driverError as { constraint?: string }).constraint === NAME_INDEX;
}
