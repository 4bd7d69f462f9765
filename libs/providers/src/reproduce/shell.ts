/** A piece of a line for a POSIX shell that is meant to be read by it as it stands. */
export class ShellText {
  constructor(readonly text: string) {}
}

/**
 * A line for a POSIX shell. Whatever is put into it is one word, or a part of one, and nothing more, whoever wrote it;
 * but for another `ShellText`.
 */
export function sh(parts: TemplateStringsArray, ...values: (string | number | ShellText)[]): ShellText {
  const words = values.map((value) => (value instanceof ShellText ? value.text : quoted(String(value))));
  return new ShellText(String.raw({ raw: parts.raw }, ...words));
}

/** Of lines that are run one after the other, each only if the one before did not fail. */
export function inTurn(lines: ShellText[]): ShellText {
  return new ShellText(lines.map(({ text }) => text).join(' && '));
}

/**
 * What only the person who runs the line has. A shell that does not know the variable stops and says what belongs into it
 * (POSIX XCU 2.6.2), so that neither a secret nor the name of an account need stand in the line.
 *
 * @param meaning plain words, which the shell does not read
 */
export function fromPerson(variable: string, meaning: string): ShellText {
  return new ShellText(`"\${${variable}:?set it to ${meaning}}"`);
}

export const NOTHING = new ShellText('');

/** Everything loses its meaning between single quotes, but for the single quote itself (POSIX XCU 2.2.2). */
function quoted(word: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
