/** True when one of the patterns covers the pointer or something above it. */
export function isIgnored(pointer: string, patterns: readonly string[]): boolean {
  const segments = segmentsOf(pointer);
  return patterns.some((pattern) => covers(pattern, segments));
}

/**
 * Patterns are JSON Pointers in which `*` stands for any part of a segment: `/env/BUILD_ID`, `/env/*`,
 * `/env/OTEL_*`. A pattern covers everything below it. What is no pointer covers nothing.
 */
function covers(pattern: string, segments: readonly string[]): boolean {
  if (!pattern.startsWith('/')) return false;
  const wanted = segmentsOf(pattern);
  if (wanted.length > segments.length) return false;
  return wanted.every((part, index) => matches(part, segments[index] ?? ''));
}

function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Each piece between the stars has to follow the one before it; the outer ones are anchored. */
function matches(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
