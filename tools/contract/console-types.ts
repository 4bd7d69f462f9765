import { createHash } from 'node:crypto';

export const CONSOLE_TYPES = 'apps/console/src/api/schema.ts';

/** The first line of the console's types: says of which document they were made. */
export const typesHeader = (openApi: string): string =>
  `// Made from docs/openapi.json by npm run docs:contract. sha256 ${createHash('sha256').update(openApi).digest('hex')}`;
