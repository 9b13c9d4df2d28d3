import { Problem, type RouteDefinition } from '@vigil/contracts';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { z } from 'zod';
import { CommandFailure, EXIT, type ExitCode } from '../exit-codes.js';
import type { Connection } from './find-connection.js';

export interface CallInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** Above the longest that the collector lets a question take. */
const TIMEOUT_MS = 60_000;

/** Statuses that are an answer of their own to some routes: `/health` says 503 with a body. */
export interface CallOptions {
  readonly alsoAccept?: readonly number[];
}

/** The HTTP API as a client sees it. */
export class Api {
  constructor(private readonly connection: Connection) {}

  get url(): string {
    return this.connection.url.href.replace(/\/$/, '');
  }

  /**
   * Calls a route and reads its answer with `schema`.
   * @throws CommandFailure for anything but success
   */
  async call<Schema extends z.ZodType>(
    route: RouteDefinition,
    schema: Schema,
    input: CallInput = {},
    options: CallOptions = {},
  ): Promise<z.output<Schema>> {
    const answer = await this.send(route, input);
    const accepted = answer.status < 300 || options.alsoAccept?.includes(answer.status) === true;
    if (!accepted) throw failureOf(answer, this.url);
    const read = schema.safeParse(answer.text === '' ? undefined : parseJson(answer.text));
    if (read.success) return read.data;
    throw new CommandFailure(
      `${route.method} ${route.path}: the answer is not what this version expects; is ${this.url} a collector of the same version?`,
      EXIT.unreachable,
      read.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }

  /** Calls a route that answers without a body. */
  async order(route: RouteDefinition, input: CallInput = {}): Promise<void> {
    const answer = await this.send(route, input);
    if (answer.status >= 300) throw failureOf(answer, this.url);
  }

  private send(route: RouteDefinition, input: CallInput): Promise<RawAnswer> {
    const url = new URL(this.url + pathOf(route.path, input.params ?? {}));
    for (const [name, value] of Object.entries(input.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return exchange(url, route.method, this.connection.key, input.body);
  }
}

function pathOf(template: string, params: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)(\.\.\.)?\}/g, (_match, name: string, rest?: string) => {
    const value = params[name] ?? '';
    return rest === undefined
      ? encodeURIComponent(value)
      : value.split('/').map(encodeURIComponent).join('/');
  });
}

function exchange(
  url: URL,
  method: string,
  key: string | undefined,
  body: unknown,
): Promise<RawAnswer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(payload === undefined
      ? {}
      : {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(payload)),
        }),
  };
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)),
    );
    outgoing.on('error', (error) => {
      reject(
        new CommandFailure(
          `cannot reach Vigil at ${url.origin}: ${reasonOf(error)}`,
          EXIT.unreachable,
          ['Is it running (npm start)? --url or VIGIL_URL name another collector.'],
        ),
      );
    });
    outgoing.end(payload);
  });
}

function reasonOf(error: Error): string {
  if ('code' in error && error.code === 'ECONNREFUSED') return 'the connection was refused';
  return error.message;
}

function failureOf(answer: RawAnswer, url: string): CommandFailure {
  const problem = Problem.safeParse(parseJson(answer.text));
  if (!problem.success) {
    return new CommandFailure(
      `${url} answered ${answer.status} and no explanation; is it a Vigil collector?`,
      exitCodeOf(answer.status),
    );
  }
  const { title, detail, errors = [] } = problem.data;
  return new CommandFailure(
    detail ?? title,
    // without an explanation it comes from a proxy in between
    answer.status === 502 ? EXIT.unreadable : exitCodeOf(answer.status),
    errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
  );
}

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.denied;
  if (status === 404) return EXIT.notFound;
  if (status === 400 || status === 422) return EXIT.usage;
  if (status >= 500 || status === 429) return EXIT.unreachable;
  return EXIT.refused;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
