const MAX_BYTES = 512;

export class BadPath extends Error {
  override readonly name = 'BadPath';
}

/** `/a//b` -> `a/b/`; nothing but slashes -> null. @throws BadPath whose message completes "path_prefix …" */
export function normalisePathPrefix(text: string): string | null {
  const path = segmentsOf(text.trim()).join('/');
  // "/ a": read again, what is stored must be the same folder.
  if (/^\s/.test(path)) return normalisePathPrefix(path);
  return path === '' ? null : `${path}/`;
}

/** A base directory: absolute if it begins with a slash, else below the login directory. @throws BadPath */
export function normaliseDirectory(text: string): string | null {
  const segments = segmentsOf(text);
  if (text.startsWith('/')) return `/${segments.join('/')}`;
  return segments.length === 0 ? null : segments.join('/');
}

function segmentsOf(text: string): string[] {
  if (Buffer.byteLength(text) > MAX_BYTES) throw new BadPath(`must have at most ${MAX_BYTES} bytes`);
  if (/[\p{Cc}\p{Cs}\\]/u.test(text)) throw new BadPath('must not contain backslashes or control characters');
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw new BadPath('must not contain ".." segments');
  return segments;
}
