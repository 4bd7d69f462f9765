import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApiYaml } from '../../apps/gateway/src/docs/asyncapi-document.js';
import { brokerDefinitionsJson } from './broker-definitions.js';
import { CONSOLE_TYPES, typesHeader } from './console-types.js';

const file = (path: string): string => readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8');

/** That docs/openapi.json is what the gateway serves: openapi-document.medium.ts. */
describe('what `npm run docs:contract` writes is up to date', () => {
  it('docs/asyncapi.yaml', () => {
    expect(file('docs/asyncapi.yaml')).toBe(asyncApiYaml());
  });

  it('docs/definitions.json', () => {
    expect(file('docs/definitions.json')).toBe(brokerDefinitionsJson());
  });

  it("the console's types, of the very docs/openapi.json that is there", () => {
    expect(file(CONSOLE_TYPES).split('\n', 1)[0]).toBe(typesHeader(file('docs/openapi.json')));
  });
});
