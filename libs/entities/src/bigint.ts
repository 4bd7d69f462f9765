import type { ValueTransformer } from 'typeorm';

/** pg returns bigint as a string; our sizes stay below 2^53 (9 PB), so numbers hold them exactly. */
export const bigintAsNumber: ValueTransformer = {
  to: (value: number | null) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};
