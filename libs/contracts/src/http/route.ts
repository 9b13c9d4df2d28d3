import type { z } from 'zod';
import type { RouteAccess } from './role.js';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One answer that a route gives when it succeeds. Errors are problem JSON everywhere. */
export interface RouteResponse {
  readonly description: string;
  /** Absent: no body, or one of another media type. */
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly contentType?: string;
}

/** An endpoint of the HTTP API: guards, validation and the OpenAPI document follow from it. */
export interface RouteDefinition {
  readonly method: HttpMethod;
  /** With `{name}` for parameters; `{name...}` takes the rest of the path. */
  readonly path: string;
  readonly access: RouteAccess;
  readonly tag: string;
  readonly summary: string;
  /** More than a line, in Markdown. */
  readonly description?: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Statuses of problems that callers should expect beyond 400, 401, 403 and 503. */
  readonly problems?: readonly number[];
}

export function defineRoute<const Route extends RouteDefinition>(route: Route): Route {
  return Object.freeze(route);
}

type PartOf<Route, Part extends 'params' | 'query' | 'body'> =
  Route extends Record<Part, infer Schema extends z.ZodType> ? z.output<Schema> : undefined;

/** The validated input of a route. */
export interface InputOf<Route extends RouteDefinition> {
  readonly params: PartOf<Route, 'params'>;
  readonly query: PartOf<Route, 'query'>;
  readonly body: PartOf<Route, 'body'>;
}

/** What a route answers with the status. */
export type AnswerOf<
  Route extends RouteDefinition,
  Status extends keyof Route['responses'] = keyof Route['responses'],
> = Route['responses'][Status] extends { readonly schema: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : undefined;
