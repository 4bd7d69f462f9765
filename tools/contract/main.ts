/** `npm run docs:contract`: what other programs are written against, as files that show in review. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { asyncApiYaml } from '../../apps/gateway/src/docs/asyncapi-document.js';
import { brokerDefinitionsJson } from './broker-definitions.js';
import { CONSOLE_TYPES, typesHeader } from './console-types.js';
import { openApiJson } from './openapi.js';

const OPENAPI_TYPESCRIPT = 'openapi-typescript@7.13.0';

const openApi = await openApiJson();
writeFileSync('docs/openapi.json', openApi);
writeFileSync('docs/asyncapi.yaml', asyncApiYaml());
writeFileSync('docs/definitions.json', brokerDefinitionsJson());

execFileSync('npx', ['--yes', OPENAPI_TYPESCRIPT, 'docs/openapi.json', '-o', CONSOLE_TYPES], { stdio: 'ignore' });
writeFileSync(CONSOLE_TYPES, `${typesHeader(openApi)}\n${readFileSync(CONSOLE_TYPES, 'utf8')}`);
execFileSync('npx', ['prettier', '--write', CONSOLE_TYPES], { stdio: 'ignore' });
console.log(`docs/openapi.json, docs/asyncapi.yaml, docs/definitions.json and ${CONSOLE_TYPES} were written.`);
