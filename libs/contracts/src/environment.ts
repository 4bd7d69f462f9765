/** One environment variable of a process: how it is read, and what is wrong with a bad value. */
export interface Variable<T> {
  /** Returns the value, or throws an Error whose message says how to mend it. `raw` is never empty. */
  parse: (raw: string) => T;
  /** For a variable that is not set; a function throws when it must be set. */
  absent: T | (() => T);
}

export type Environment<V extends Record<string, Variable<unknown>>> = {
  [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

/**
 * Reads all variables, or throws one EnvironmentError that lists every bad one at once. Each variable that does not end
 * in `_FILE` may also be given as `NAME_FILE`, a path whose content, less its last line end, is the value.
 */
export function readEnvironment<V extends Record<string, Variable<unknown>>>(
  variables: V,
  source: Record<string, string | undefined>,
  readFile: (path: string) => string,
): Environment<V> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    try {
      const raw = rawValue(name, source, readFile);
      if (raw !== undefined) values[name] = variable.parse(raw);
      else
        values[name] = typeof variable.absent === 'function' ? (variable.absent as () => unknown)() : variable.absent;
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return values as Environment<V>;
}

function rawValue(
  name: string,
  source: Record<string, string | undefined>,
  readFile: (path: string) => string,
): string | undefined {
  const direct = source[name] || undefined;
  const path = name.endsWith('_FILE') ? undefined : source[`${name}_FILE`] || undefined;
  if (path === undefined) return direct;
  if (direct !== undefined) throw new Error(`is set twice, also as ${name}_FILE; keep one of them`);
  try {
    return readFile(path).replace(/\r?\n$/, '') || undefined;
  } catch {
    throw new Error(`the file that ${name}_FILE names cannot be read`);
  }
}

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  constructor(readonly problems: string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

export const text = (absent: string | null = null): Variable<string | null> => ({ parse: (raw) => raw, absent });

export const required = (mend: string): Variable<string> => ({
  parse: (raw) => raw,
  absent: () => {
    throw new Error(`is required; ${mend}`);
  },
});

export const wholeNumber = (range: { min: number; max: number }, absent: number): Variable<number> => ({
  parse: (raw) => {
    const value = Number(raw);
    if (!/^\d+$/.test(raw) || value < range.min || value > range.max) {
      throw new Error(`must be a whole number from ${range.min} to ${range.max}`);
    }
    return value;
  },
  absent,
});

export const flag = (absent: boolean): Variable<boolean> => ({ parse: parseFlag, absent });

export function parseFlag(raw: string): boolean {
  const value = { true: true, '1': true, false: false, '0': false }[raw.toLowerCase()];
  if (value === undefined) throw new Error('must be true or false');
  return value;
}
