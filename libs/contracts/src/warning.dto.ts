import { IsString } from 'class-validator';
import { Describe } from './describe.js';

/** Something that works and that a person should know all the same. */
export class Warning {
  @Describe('Stable code.', 'ftp.clear_text')
  @IsString()
  code!: string;

  @Describe('For a person.', 'The password and the backups travel in clear text.')
  @IsString()
  message!: string;
}
