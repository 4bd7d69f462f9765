import { ApiProperty } from '@nestjs/swagger';
import { type ContractClass, schemaOf } from './component-schemas.js';

/** The fields of the class are query parameters: documented one by one, from the rules that they are checked by. */
export function QueryParameters(): ClassDecorator {
  return (target) => {
    const { properties, required } = schemaOf(target as unknown as ContractClass);
    for (const [name, { description, examples, ...schema }] of Object.entries(properties) as [string, Described][]) {
      const options = { ...schema, description, example: examples?.[0], required: required.includes(name) };
      ApiProperty(options)(target.prototype as object, name);
    }
  };
}

interface Described {
  description?: string;
  examples?: unknown[];
}
