import { z } from 'zod';
import type { Port } from '../service.js';

const FORM =
  /^(?:(?:(\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f.]*:[\da-f:.]*\]):(\d{1,5})?|(\d{1,5})):)?(\d{1,5})(?:\/(tcp|udp))?$/i;
const EXPECTED =
  'a port such as "80", "8080:80" to fix the host port, "127.0.0.1:8080:80" for one address of the host, or "53:53/udp" (from 1 to 65535)';

/** Published there, a port is published on every address. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** `80`, `"80"`, `"8080:80"`, `"127.0.0.1:8080:80"`, `"127.0.0.1::80"`, each also with `/tcp` or `/udp`. */
export const authoredPort = () =>
  z
    .union([z.string().regex(FORM, { error: EXPECTED }), z.number()], { error: EXPECTED })
    .transform((value, context): Port => {
      const port = parsePort(String(value));
      if (port !== undefined) return port;
      context.addIssue({ code: 'custom', message: EXPECTED });
      return z.NEVER;
    });

/** A port as people write it; the inverse of what they may write. */
export function formatPort({ port, hostPort, protocol, hostAddress }: Port): string {
  const address = hostAddress?.includes(':') === true ? `[${hostAddress}]` : hostAddress;
  const onHost = [address, hostPort ?? (address === undefined ? undefined : '')];
  const text = [...onHost.filter((part) => part !== undefined), port].join(':');
  return protocol === 'udp' ? `${text}/udp` : text;
}

function parsePort(text: string): Port | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, address, published, plain, inside, protocol] = match;
  const port = Number(inside);
  const onHost = published ?? plain;
  const hostPort = onHost === undefined ? undefined : Number(onHost);
  const hostAddress = address?.replace(/^\[|\]$/g, '').toLowerCase();
  if (![port, hostPort ?? port].every((number) => number >= 1 && number <= 65_535)) {
    return undefined;
  }
  if (hostAddress !== undefined && !isAddress(hostAddress)) return undefined;
  return {
    port,
    ...(hostPort === undefined ? {} : { hostPort }),
    ...(protocol?.toLowerCase() === 'udp' ? { protocol: 'udp' } : {}),
    ...(hostAddress === undefined || EVERY_ADDRESS.has(hostAddress) ? {} : { hostAddress }),
  };
}

/** IPv4 in full; of IPv6 whether it can be one: its host knows whether it has it. */
function isAddress(text: string): boolean {
  if (text.includes(':')) return text.split('::').length <= 2 && text.split(':').length <= 8;
  return text.split('.').every((part) => Number(part) <= 255);
}
