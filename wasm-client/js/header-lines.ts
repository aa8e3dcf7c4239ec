/** Headers as they cross between page and vault: a long text crosses faster than many short ones. */

/** Name, value, name, value, each in a line of its own: no header has a line end in it. */
export type HeaderLines = string;

export function linesOf(headers: Headers): HeaderLines {
  return [...headers].flat().join('\n');
}

/** No name comes twice: the browser has joined their values, and shows no `Set-Cookie`. */
export function headersOf(lines: HeaderLines): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  const pairs = lines.split('\n');
  while (pairs[1] !== undefined) headers[pairs.shift()!] = pairs.shift()!;
  return headers;
}
