import { Describe, Holds, HoldsList, IsLine, MayBeNull, MayBeOmitted, OrNull } from '@stowage/contracts';
import { IsIn, IsInt, IsISO8601, IsUUID } from 'class-validator';
import { componentSchemas, schemaOf } from './component-schemas.js';

class Leaf {
  @Describe('A number.', 7)
  @IsInt()
  count!: number;
}

class Base {
  @IsUUID()
  id!: string;
}

class Example extends Base {
  @Describe('A name.', 'Production')
  @IsLine(100)
  name!: string;

  @MayBeOmitted()
  @IsIn(['a', 'b'])
  choice?: string;

  @MayBeNull()
  @IsIn(['a', 'b'])
  clearable?: string | null;

  @OrNull()
  @IsISO8601()
  ended_at!: string | null;

  @Holds(() => Leaf)
  leaf!: Leaf;

  @OrNull()
  @Holds(() => Leaf)
  perhaps!: Leaf | null;

  @HoldsList(() => Leaf)
  leaves!: Leaf[];
}

const LEAF = { $ref: '#/components/schemas/Leaf' };

describe('the schema of a contract class', () => {
  const { properties, required, additionalProperties } = schemaOf(Example);

  it('has rules, description and example of a field', () => {
    expect(properties.name).toEqual({
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'A name.',
      examples: ['Production'],
    });
  });

  it('takes over what the parent class has', () => {
    expect(properties.id).toEqual({ type: 'string', format: 'uuid' });
  });

  it('adds null to what may be null, and to its choices', () => {
    expect(properties.clearable).toEqual({ type: ['string', 'null'], enum: ['a', 'b', null] });
    expect(properties.ended_at).toEqual({ type: ['string', 'null'], format: 'date-time' });
    expect(properties.choice).toEqual({ type: 'string', enum: ['a', 'b'] });
  });

  it('refers to the classes that it holds', () => {
    expect(properties.leaf).toEqual(LEAF);
    expect(properties.perhaps).toEqual({ anyOf: [LEAF, { type: 'null' }] });
    expect(properties.leaves).toEqual({ type: 'array', items: LEAF });
    expect(Object.keys(componentSchemas([Example])).sort()).toEqual(['Example', 'Leaf']);
  });

  it('requires all that is neither omitted nor cleared, and allows nothing else', () => {
    expect(new Set(required)).toEqual(new Set(['id', 'name', 'ended_at', 'leaf', 'perhaps', 'leaves']));
    expect(additionalProperties).toBe(false);
  });
});
