/** A call of a logger up to the end of its statement; strings in it may hold brackets, so these are not counted. */
const LOGGER_CALL = /\b(?:logger|Logger)\??\.(?:fatal|error|warn|log|debug|verbose)\([\s\S]*?(?:\)\s*[;,)]|$)/g;
/** The words of an error: a database, an SDK or a parser quotes in them what it was given. */
const WORDS = /\bString\(|\.(?:message|stack)\b|\$\{(?:error|problem|cause|reason|failure)\}/;

/** The calls in a source that log an error's own words, in place of `placeOf`, `nameOf` or a code. */
export function loggedWords(source: string): string[] {
  return [...source.matchAll(LOGGER_CALL)].map(([call]) => call).filter((call) => WORDS.test(call));
}
