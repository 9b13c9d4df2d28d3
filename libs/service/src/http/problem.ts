import { HttpException } from '@nestjs/common';
import type { Problem } from '@vigil/contracts';
import { STATUS_CODES } from 'node:http';
import { ZodError, type z } from 'zod';
import { describeError, VigilError } from '../errors/vigil-error.js';

/** Where input is wrong (`a.b[0]`, empty for the whole) and what was expected there. */
export interface InputError {
  readonly path: string;
  readonly message: string;
}

export interface ProblemOptions {
  readonly detail: string;
  /** Defaults to the reason phrase of the status. */
  readonly title?: string;
  /** Identifies the kind of problem; default `about:blank`, which means: what the status says. */
  readonly type?: string;
  readonly errors?: readonly InputError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error that a controller answers with on purpose, in the words of RFC 9457. */
export class HttpProblem extends HttpException {
  constructor(
    status: number,
    readonly problem: ProblemOptions,
  ) {
    super(problem.detail, status, { cause: problem.cause });
  }
}

/** What goes over the wire, and the headers beside it. */
export interface ProblemResponse {
  readonly body: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** True when somebody has to look at the service: it is logged as an error. */
  readonly unexpected: boolean;
}

/**
 * Parses input from outside; `where` is put before the paths (`body`, `query`).
 * @throws HttpProblem 400 with every error at once
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  where = '',
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = inputErrors(parsed.error, where);
  const first = errors[0];
  const detail = first === undefined ? 'the input is wrong' : `${first.path}: ${first.message}`;
  throw new HttpProblem(400, { detail, errors });
}

/** The most errors that one answer lists; the rest is counted. */
const MAX_ERRORS = 50;

/** The issues of a schema as paths and sentences. */
export function inputErrors(error: ZodError, where = ''): InputError[] {
  const errors = error.issues.slice(0, MAX_ERRORS).map((issue) => ({
    path: pathText(where, issue.path),
    message: issue.message,
  }));
  const more = error.issues.length - errors.length;
  return more > 0 ? [...errors, { path: where, message: `and ${more} more errors` }] : errors;
}

function pathText(where: string, path: readonly PropertyKey[]): string {
  let text = where;
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

/** Turns anything that was thrown while answering a request into a problem. */
export function problemFor(error: unknown, instance: string): ProblemResponse {
  if (error instanceof HttpProblem) return fromProblem(error, instance);
  if (error instanceof HttpException) return expected(error.getStatus(), detailOf(error), instance);
  if (error instanceof ZodError) {
    return expected(400, 'the input is wrong', instance, { errors: inputErrors(error) });
  }
  if (error instanceof VigilError) return fromDisposition(error, instance);
  const status = statusOf(error);
  if (status !== undefined && status < 500) return expected(status, describeError(error), instance);
  return internal(instance);
}

function fromProblem(error: HttpProblem, instance: string): ProblemResponse {
  const { detail, title, type, errors, headers = {} } = error.problem;
  const extra = {
    ...(title === undefined ? {} : { title }),
    ...(type === undefined ? {} : { type }),
    ...(errors === undefined ? {} : { errors }),
  };
  return expected(error.getStatus(), detail, instance, extra, headers);
}

function fromDisposition(error: VigilError, instance: string): ProblemResponse {
  const type = `urn:vigil:${error.code}`;
  switch (error.disposition) {
    case 'retry':
      return expected(503, error.message, instance, { type }, { 'retry-after': '1' });
    case 'reject':
      return expected(422, error.message, instance, { type });
    case 'crash':
      return internal(instance);
  }
}

function expected(
  status: number,
  detail: string,
  instance: string,
  extra: { title?: string; type?: string; errors?: readonly InputError[] } = {},
  headers: Readonly<Record<string, string>> = {},
): ProblemResponse {
  const { errors, ...rest } = extra;
  const body: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance,
    ...rest,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
  return { body, headers, unexpected: false };
}

/** Says nothing of the cause: it belongs into the log, not to whoever asked. */
function internal(instance: string): ProblemResponse {
  const answer = expected(500, 'the service failed to answer; its log says why', instance);
  return { ...answer, unexpected: true };
}

function detailOf(error: HttpException): string {
  const response = error.getResponse();
  if (typeof response === 'object' && 'message' in response) {
    const { message } = response;
    if (Array.isArray(message)) return message.join('; ');
    if (typeof message === 'string') return message;
  }
  return error.message;
}

/** Fastify's own errors (body too large, unknown media type, …) carry their status. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 600
    ? statusCode
    : undefined;
}
