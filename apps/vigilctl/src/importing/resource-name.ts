const LONGEST_NAME = 253;
const LONGEST_NAMESPACE = 63;

/** Any name as one of a manifest, which knows lower-case letters, digits, `-` and dots between them. */
export function resourceName(name: string): string {
  const parts = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .split('.')
    .map(trimmed)
    .filter((part) => part !== '');
  return trimmed(parts.join('.').slice(0, LONGEST_NAME)) || 'unnamed';
}

/** As {@link resourceName}, without dots and shorter. */
export function namespaceName(name: string): string {
  return trimmed(resourceName(name).replaceAll('.', '-').slice(0, LONGEST_NAMESPACE));
}

function trimmed(text: string): string {
  return text.replace(/^[-.]+|[-.]+$/g, '');
}
