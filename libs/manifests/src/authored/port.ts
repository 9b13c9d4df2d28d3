import { z } from 'zod';
import type { Port } from '../service.js';

const FORM = /^(?:(\d{1,5}):)?(\d{1,5})(?:\/tcp)?$/;
const EXPECTED = 'a port such as "80", or "8080:80" to fix the host port (TCP, from 1 to 65535)';

/** `80`, `"80"`, `"8080:80"`, each also with `/tcp`. */
export const authoredPort = () =>
  z
    .union([z.string().regex(FORM, { error: EXPECTED }), z.number()], { error: EXPECTED })
    .transform((value, context): Port => {
      const port = parsePort(String(value));
      if (port !== undefined) return port;
      context.addIssue({ code: 'custom', message: EXPECTED });
      return z.NEVER;
    });

function parsePort(text: string): Port | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const port = Number(match[2]);
  const hostPort = match[1] === undefined ? undefined : Number(match[1]);
  if (![port, hostPort ?? port].every((number) => number >= 1 && number <= 65_535))
    return undefined;
  return hostPort === undefined ? { port } : { port, hostPort };
}
