import type { RestClient } from '../rest-client.js';

/** As much of JSON Schema as the document uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  examples?: unknown[];
  example?: unknown;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

export interface Operation {
  method: string;
  /** As in the document, with `{id}`. */
  path: string;
  parameters: Parameter[];
  body: Schema | null;
  hasBody: boolean;
  /** Documented statuses. */
  statuses: number[];
}

interface Document {
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema> };
}

interface RawOperation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
}

/** Every route that the gateway's own document tells of. */
export async function operationsOf(rest: RestClient): Promise<Operation[]> {
  const { text } = await rest.send('GET', new URL('/openapi.json', rest.base).href);
  const document = JSON.parse(text) as Document;
  const resolve = (schema: Schema): Schema => inlined(schema, document.components.schemas);
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => {
      const body = requestBody?.content['application/json']?.schema ?? null;
      return {
        method: method.toUpperCase(),
        path,
        parameters: parameters.map((parameter) => ({ ...parameter, schema: resolve(parameter.schema ?? {}) })),
        body: body && resolve(body),
        hasBody: body !== null,
        statuses: Object.keys(responses).map(Number),
      };
    }),
  );
}

/** The path with these ids in their places, and every parameter that must be there. */
export function pathOf(
  { path, parameters }: Operation,
  { id, organization }: { id: string; organization: string },
): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    name === 'organization_id' ? organization : id,
  );
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(
      ({ name, schema }) =>
        `${name}=${name === 'organization_id' ? organization : ((schema.enum?.[0] as string | undefined) ?? '1')}`,
    );
  return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
}

function inlined(schema: Schema, known: Record<string, Schema>, depth = 0): Schema {
  if (depth > 8) return {};
  const deeper = (each: Schema): Schema => inlined(each, known, depth + 1);
  if (schema.$ref) return deeper(known[schema.$ref.split('/').at(-1)!] ?? {});
  return {
    ...schema,
    ...(schema.items && { items: deeper(schema.items) }),
    ...(schema.properties && {
      properties: Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, deeper(each)])),
    }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map(deeper) }),
    ...(schema.oneOf && { oneOf: schema.oneOf.map(deeper) }),
    ...(schema.allOf && { allOf: schema.allOf.map(deeper) }),
  };
}
