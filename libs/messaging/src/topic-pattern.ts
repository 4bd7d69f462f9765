/** AMQP topic matching: `*` stands for one word, `#` for any number of words. */
export function matchesTopic(pattern: string, routingKey: string): boolean {
  return matchesWords(pattern.split('.'), routingKey.split('.'));
}

function matchesWords([first, ...rest]: string[], words: string[]): boolean {
  if (first === undefined) return words.length === 0;
  if (first === '#')
    return words.some((_, skipped) => matchesWords(rest, words.slice(skipped))) || matchesWords(rest, []);
  return words.length > 0 && (first === '*' || first === words[0]) && matchesWords(rest, words.slice(1));
}
