import type { Random } from '../../faults/random.js';
import type { Schema } from './openapi.js';

const LONG = 70_000;

/** Texts that have broken programs before. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\r\n',
  '\n{"level":60}',
  '\x1B[31m',
  '‮',
  '\ud800',
  '\udc00\ud800',
  '﻿',
  '​',
  "'",
  '"',
  "' OR 1=1 --",
  "'; DROP TABLE storage_configs; --",
  '\\',
  '%',
  '%s%n',
  '${7*7}',
  '{{7*7}}',
  '$(id)',
  '`id`',
  '|id',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '../../etc/passwd',
  '..\\..',
  '%2e%2e%2f',
  'null',
  'undefined',
  'NaN',
  'true',
  '-1',
  '1e400',
  '0x10',
  '9'.repeat(400),
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'http://169.254.169.254/',
  'http://[::1]:5432',
  'ftp://u:p@h/',
  'file:///etc/passwd',
  '//evil',
  'http://a b',
  'http://',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '{}',
  '[]',
  'é'.repeat(300),
  '𝕏'.repeat(300),
  '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  'a.b.c.d.e',
  'eyJhbGciOiJub25lIn0....',
  'SHA256:',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:59Z',
  'x'.repeat(LONG),
];

const HOSTILE_NUMBERS = [0, -0, -1, 1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 65_536, 1e-300];

/** Something of another kind than is asked for. */
export function hostile(random: Random, depth = 0): unknown {
  const kind = random.between(0, depth > 2 ? 5 : 9);
  if (kind <= 2) return hostileText(random);
  if (kind === 3) return random.pick(HOSTILE_NUMBERS);
  if (kind === 4) return random.pick([null, true, false]);
  if (kind === 5) return Array.from({ length: random.between(0, 5) }, () => hostile(random, depth + 1));
  if (kind === 6) return nested(random.between(1, 200));
  if (kind === 7) return Array.from({ length: random.between(0, 2000) }, () => 1);
  return Object.fromEntries(
    Array.from({ length: random.between(0, 6) }, () => [hostileText(random).slice(0, 200), hostile(random, depth + 1)]),
  );
}

export function hostileText(random: Random): string {
  if (random.next() < 0.7) return random.pick(HOSTILE_TEXTS);
  return Array.from({ length: random.between(0, 60) }, () => String.fromCharCode(random.between(0, 0xffff))).join('');
}

/** A header's value that may be sent at all. */
export const hostileHeader = (random: Random): string =>
  hostileText(random)
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')
    .slice(0, 8000);

/** What the schema asks for, and now and then something else in one of its places. */
export function fromSchema(random: Random, schema: Schema, wildness: number): unknown {
  if (random.next() < wildness) return hostile(random);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return fromSchema(random, random.pick(alternatives), wildness);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  if (schema.examples?.length && random.next() < 0.4) return random.pick(schema.examples);
  if (schema.example !== undefined && random.next() < 0.4) return schema.example;
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
  if (type === 'object' || schema.properties) return objectFrom(random, schema, wildness);
  if (type === 'array')
    return Array.from({ length: random.between(0, 4) }, () => fromSchema(random, schema.items ?? {}, wildness));
  if (type === 'integer' || type === 'number') {
    const [low, high] = [schema.minimum ?? 0, schema.maximum ?? 70_000];
    return random.pick([low, high, low - 1, high + 1, random.between(low, Math.min(high, 2 ** 31))]);
  }
  if (type === 'boolean') return random.next() < 0.5;
  if (type === 'null') return null;
  return textFrom(random, schema);
}

function objectFrom(random: Random, { properties = {}, required = [] }: Schema, wildness: number): object {
  const entries = Object.entries(properties)
    .filter(([name]) => (required.includes(name) ? random.next() > wildness / 4 : random.next() < 0.4))
    .map(([name, each]) => [name, fromSchema(random, each, wildness)] as const);
  const strange = random.next() < wildness ? [[hostileText(random).slice(0, 100), hostile(random)] as const] : [];
  return Object.fromEntries([...entries, ...strange]);
}

function textFrom(random: Random, { format, minLength = 1, maxLength = 60 }: Schema): string {
  if (format === 'uuid') return random.uuid();
  if (format === 'date-time') return new Date(random.between(0, 2 ** 31) * 1000).toISOString();
  const length = random.pick([
    minLength,
    maxLength,
    maxLength + 1,
    random.between(minLength, Math.min(maxLength, 80) + 1),
  ]);
  return 'a'.repeat(Math.min(length, LONG));
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
