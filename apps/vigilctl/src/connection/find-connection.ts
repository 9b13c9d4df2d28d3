import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CommandFailure, EXIT } from '../exit-codes.js';

/** Where the collector is, and what to show it. */
export interface Connection {
  readonly url: URL;
  readonly key: string | undefined;
}

export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
}

const DEFAULT_PORT = 8000;
const Ports = z.object({ collector: z.number().int().min(1).max(65_535) });

/**
 * Options come before the environment (`VIGIL_URL`, `VIGIL_KEY`), and that before the installation:
 * `VIGIL_HOME`, or the nearest `.vigil/` upwards from `directory`, tells port and admin key.
 * @throws CommandFailure when a URL is none, or a key file cannot be read
 */
export function findConnection(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv,
  directory: string,
): Connection {
  const home = set(env['VIGIL_HOME']) ?? nearestHome(directory);
  const given = options.url ?? set(env['VIGIL_URL']);
  return {
    url: given === undefined ? localUrl(env, home) : parseUrl(given),
    key: options.key ?? set(env['VIGIL_KEY']) ?? readAdminKey(home),
  };
}

function nearestHome(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const home = join(at, '.vigil');
    if (existsSync(home)) return home;
    if (dirname(at) === at) return undefined;
  }
}

function localUrl(env: NodeJS.ProcessEnv, home: string | undefined): URL {
  const port = set(env['VIGIL_COLLECTOR_PORT']) ?? rememberedPort(home) ?? DEFAULT_PORT;
  return parseUrl(`http://127.0.0.1:${port}`);
}

function rememberedPort(home: string | undefined): number | undefined {
  if (home === undefined) return undefined;
  try {
    return Ports.parse(JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8'))).collector;
  } catch {
    // nothing was started here yet: the default is as good as any
    return undefined;
  }
}

function readAdminKey(home: string | undefined): string | undefined {
  if (home === undefined) return undefined;
  const path = join(home, 'admin.key');
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new CommandFailure(
      `cannot read ${path}: run as the user who started Vigil, or give --key or VIGIL_KEY`,
      EXIT.denied,
    );
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new CommandFailure(
    `--url: found ${JSON.stringify(text)}, expected a URL such as http://127.0.0.1:8000`,
    EXIT.usage,
  );
}

const set = (value: string | undefined) => (value === '' ? undefined : value);
