/** What a request presents. `malformed`: an Authorization header that is no Bearer token. */
export type Credentials =
  | { readonly kind: 'bearer'; readonly secret: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' };

/** Longer than any key; what is longer is not worth hashing. */
const MAX_LENGTH = 512;
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Reads an `Authorization` header (RFC 6750). */
export function bearerCredentials(header: string | undefined): Credentials {
  if (header === undefined || header === '') return { kind: 'none' };
  const match = /^Bearer +(.+)$/i.exec(header);
  return fromSecret(match?.[1]?.trim());
}

/**
 * Also takes the password of `Basic` (RFC 7617), whatever the user's name: a browser can ask for
 * that. Only for pages that change nothing, since a browser sends it along unasked.
 */
export function pageCredentials(header: string | undefined): Credentials {
  const match = /^Basic +(\S+)$/i.exec(header ?? '');
  if (match?.[1] === undefined) return bearerCredentials(header);
  const text = Buffer.from(match[1], 'base64').toString('utf8');
  return fromSecret(text.slice(text.indexOf(':') + 1));
}

function fromSecret(secret: string | undefined): Credentials {
  if (secret === undefined || secret.length > MAX_LENGTH || !TOKEN.test(secret)) {
    return { kind: 'malformed' };
  }
  return { kind: 'bearer', secret };
}
