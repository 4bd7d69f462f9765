import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';
import { componentSchemas, type ContractClass } from './component-schemas.js';

const DESCRIPTION = `Bring your own storage, and know before the backup whether it will work.

Errors are problem documents (RFC 9457): act on \`code\`, show \`detail\`. Times are RFC 3339 in UTC, sizes are bytes, ids
are UUIDs. In a body, a field that is left out is unchanged or default, and null clears an optional one; unknown fields and
query keys are refused. Secrets are write-only: no answer holds one.`;

/** Routes as NestJS has them, shapes as the contract's classes have them. */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Stowage')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  describePathIds(document);
  const names = Object.keys(document.components?.schemas ?? {});
  return { ...document, components: { ...document.components, schemas: componentSchemas(classesNamed(names)) } };
}

/** Every parameter in a path is an id. */
function describePathIds({ paths }: OpenAPIObject): void {
  for (const path of Object.values(paths)) {
    for (const operation of [path.get, path.post, path.patch, path.delete]) {
      for (const parameter of operation?.parameters ?? []) {
        if ('in' in parameter && parameter.in === 'path') parameter.schema = { type: 'string', format: 'uuid' };
      }
    }
  }
}

/** NestJS has found which classes are bodies and answers; it tells only their names. */
function classesNamed(names: string[]): ContractClass[] {
  const known = new Map<string, ContractClass>();
  for (const target of registeredClasses()) known.set(target.name, target);
  return names.map((name) => {
    const found = known.get(name);
    if (!found) throw new Error(`${name} is in the OpenAPI document and no rule of class-validator describes it`);
    return found;
  });
}

function registeredClasses(): Iterable<ContractClass> {
  const { validationMetadatas } = getMetadataStorage() as unknown as {
    validationMetadatas: Map<ContractClass, unknown>;
  };
  return validationMetadatas.keys();
}
