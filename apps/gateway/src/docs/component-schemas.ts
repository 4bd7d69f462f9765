import type { FieldHints } from '@stowage/contracts';
import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';

/** A class of the contract, as class-validator knows it. */
export type ContractClass = abstract new () => object;

/** Some keywords of JSON Schema. */
export type JsonSchema = Record<string, unknown>;

export interface ObjectSchema {
  type: 'object';
  properties: Record<string, JsonSchema>;
  required: string[];
  additionalProperties: false;
}

interface FieldMetadata {
  target: unknown;
  type: string;
  propertyName: string;
  context?: FieldHints;
}

const FIELD_HINTS = 'whitelistValidation';

/** The JSON Schema (2020-12, as in OpenAPI 3.1) of a contract class: class-validator's rules and the hints beside them. */
export function schemaOf(type: ContractClass): ObjectSchema {
  const schema = targetConstructorToSchema(type, {
    additionalConverters: {
      [FIELD_HINTS]: ({ context }) => fromHints((context ?? {}) as FieldHints),
      isIso8601: { type: 'string', format: 'date-time' },
      noControlCharacters: {},
      noNul: {},
    },
  }) as Pick<ObjectSchema, 'properties' | 'required'>;
  const properties = { ...schema.properties };
  const required = new Set(schema.required);
  for (const { propertyName, context } of metadataOf(type)) {
    if (context?.nullable) properties[propertyName] = orNull(properties[propertyName]!);
    if (context?.always) required.add(propertyName);
  }
  return { type: 'object', properties, required: [...required], additionalProperties: false };
}

/** The schemas of these classes and of all that they hold, by name. */
export function componentSchemas(types: Iterable<ContractClass>): Record<string, ObjectSchema> {
  const schemas: Record<string, ObjectSchema> = {};
  const waiting = [...types];
  for (let type = waiting.pop(); type; type = waiting.pop()) {
    if (schemas[type.name]) continue;
    schemas[type.name] = schemaOf(type);
    waiting.push(...metadataOf(type).flatMap(({ context }) => context?.holds?.() ?? []));
  }
  return schemas;
}

/**
 * An object of the class, made of the examples of its fields; what has none is left out, or null, or an example of what it
 * holds.
 * @throws Error naming a field that must be there and has no example
 */
export function exampleOf(type: ContractClass): Record<string, unknown> {
  const { properties, required } = schemaOf(type);
  const example: Record<string, unknown> = {};
  for (const [name, { examples, type: kind }] of Object.entries(properties)) {
    const contexts = metadataOf(type).filter(({ propertyName }) => propertyName === name);
    const { holds, list } = contexts.find(({ context }) => context?.holds)?.context ?? {};
    const isNullable = contexts.some(({ context }) => context?.nullable);
    if (Array.isArray(examples)) example[name] = examples[0];
    else if (isNullable && required.includes(name)) example[name] = null;
    else if (holds && required.includes(name)) example[name] = list ? [exampleOf(holds())] : exampleOf(holds());
    else if (required.includes(name)) throw new Error(`${type.name}.${name} (${String(kind)}) has no example`);
  }
  return example;
}

function metadataOf(type: ContractClass): FieldMetadata[] {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
}

function fromHints({ description, example, holds, list }: FieldHints): JsonSchema {
  const held = holds && { $ref: `#/components/schemas/${holds().name}` };
  return {
    ...(description !== undefined && { description }),
    ...(example !== undefined && { examples: [example] }),
    ...(held && (list ? { type: 'array', items: held } : held)),
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  const { $ref, enum: values, description, ...rest } = schema;
  if ($ref !== undefined) return { description, anyOf: [{ $ref }, { type: 'null' }] };
  const nullable = { ...rest, description, type: [rest.type, 'null'] };
  return Array.isArray(values) ? { ...nullable, enum: [...(values as unknown[]), null] } : nullable;
}
