/** A CHECK that holds a column to its vocabulary; null passes, as in every CHECK. */
export function oneOf(column: string, vocabulary: readonly string[]): string {
  return `${column} IN (${vocabulary.map((word) => `'${word}'`).join(', ')})`;
}
