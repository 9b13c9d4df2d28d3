/**
 * The variables of a `.env` or `env_file`: `NAME=value`, also with `export` before it; `#` begins a
 * comment; in double quotes are escapes, in single quotes is everything as it stands. A name without
 * `=` stands for the variable of the environment, which is undefined here.
 */
export function readVariables(text: string): Map<string, string | undefined> {
  const variables = new Map<string, string | undefined>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:=\s*(.*))?$/.exec(line);
    if (match?.[1] !== undefined) variables.set(match[1], match[2] && unquote(match[2]));
    if (match?.[1] !== undefined && match[2] === '') variables.set(match[1], '');
  }
  return variables;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unquote(value: string): string {
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(value)?.[1];
  if (double !== undefined) {
    return double.replace(/\\(.)/g, (_all, char: string) => ESCAPES[char] ?? char);
  }
  const single = /^'([^']*)'/.exec(value)?.[1];
  return single ?? value.replace(/\s+#.*$/, '').trimEnd();
}
