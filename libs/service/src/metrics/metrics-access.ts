import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

/** Who may read `GET /metrics`. */
export type MetricsAccess =
  /** The bearer token has to be this key. */
  | { readonly kind: 'key'; readonly key: string }
  /** Only this machine, and not through a proxy on it. */
  | { readonly kind: 'loopback' }
  /** The service's own guards have decided already. */
  | { readonly kind: 'guarded' };

export interface MetricsRequest {
  readonly remoteAddress: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** 200: allowed; 401: a key is wanted; 403: not from there. */
export function metricsVerdict(access: MetricsAccess, request: MetricsRequest): 200 | 401 | 403 {
  switch (access.kind) {
    case 'guarded':
      return 200;
    case 'key':
      return bearerOf(request) !== undefined && sameText(bearerOf(request) ?? '', access.key)
        ? 200
        : 401;
    case 'loopback':
      return isLoopback(request.remoteAddress) && !cameThroughProxy(request) ? 200 : 403;
  }
}

function bearerOf(request: MetricsRequest): string | undefined {
  const { authorization } = request.headers;
  return typeof authorization === 'string'
    ? /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    : undefined;
}

/** Compares digests, so that neither content nor length of the key can be timed. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** A reverse proxy on this machine makes the whole world look like loopback. */
function cameThroughProxy(request: MetricsRequest): boolean {
  return ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some(
    (name) => request.headers[name] !== undefined,
  );
}
