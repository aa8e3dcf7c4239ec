/** Serializes headers for the way between page and vault: one long string crosses faster than many short ones. */

/** Name, value, name, value, each in a line of its own. No header contains a line end. */
export type HeaderLines = string;

/** Returns the headers as lines. */
export function serializeHeaders(headers: Headers): HeaderLines {
  return [...headers].flat().join('\n');
}

/** Returns the headers by name. No name occurs twice: the browser has joined the values, and never shows `Set-Cookie`. */
export function parseHeaders(lines: HeaderLines): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  const pairs = lines.split('\n');
  while (pairs[1] !== undefined) headers[pairs.shift()!] = pairs.shift()!;
  return headers;
}
