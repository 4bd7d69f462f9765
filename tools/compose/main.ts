/** The first service of docker-compose.yml: generates the secrets of all others into their volumes. */
import { DataDirectory } from '../start/data-directory.js';
import { writeComposeSetup } from './compose-setup.js';

const secrets = new DataDirectory('/volumes/secrets');
try {
  writeComposeSetup({ secrets, database: '/volumes/database', broker: '/volumes/broker' });
} finally {
  secrets.release();
}
