import { Allow } from 'class-validator';

/** What OpenAPI and AsyncAPI say of a field beside its rules; carried in the `context` of class-validator's metadata. */
export interface FieldHints {
  description?: string;
  example?: unknown;
  /** null is a value of this field. */
  nullable?: boolean;
  /** Always present, although a rule is conditional. */
  always?: boolean;
  /** The class of the object, or of each object of the list, that the field holds. */
  holds?: () => abstract new () => object;
  list?: boolean;
}

/** What the field means, in words for the reader of the API's documentation. */
export function Describe(description: string, example?: unknown): PropertyDecorator {
  return hint(example === undefined ? { description } : { description, example });
}

/** The field holds an object of another class of the contract. For answers: input has no nested objects. */
export function Holds(holds: () => abstract new () => object): PropertyDecorator {
  return hint({ holds });
}

export function HoldsList(holds: () => abstract new () => object): PropertyDecorator {
  return hint({ holds, list: true });
}

function hint(hints: FieldHints): PropertyDecorator {
  return Allow({ context: hints });
}
