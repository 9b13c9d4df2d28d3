/** What the client needs from a `NATS_URL`. */
export interface NatsServers {
  /** `host:port` */
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly tls: boolean;
}

/**
 * Reads `nats://user:password@host:port`, `nats://token@host:port`, `tls://…`, several with commas.
 * The credentials of the first server that has some are used for all.
 * @throws TypeError when a part is not a URL
 */
export function parseNatsUrl(text: string): NatsServers {
  const urls = text.split(',').map((part) => new URL(part.trim()));
  const servers = urls.map((url) => `${url.hostname}:${url.port === '' ? '4222' : url.port}`);
  const tls = urls.some((url) => url.protocol === 'tls:');
  const withCredentials = urls.find((url) => url.username !== '');
  if (withCredentials === undefined) return { servers, tls };
  const name = decodeURIComponent(withCredentials.username);
  const password = decodeURIComponent(withCredentials.password);
  return password === ''
    ? { servers, tls, token: name }
    : { servers, tls, user: name, pass: password };
}
