/**
 * A value as JSON text that PostgreSQL can keep: it has no NUL character, which nothing a bank says needs. An escape that is itself
 * escaped, as in the text `\\u0000`, is left alone.
 */
export function databaseJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes('\\u0000') ? text.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1') : text;
}
