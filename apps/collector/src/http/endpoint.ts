import {
  applyDecorators,
  createParamDecorator,
  HttpCode,
  RequestMapping,
  RequestMethod,
  type ExecutionContext,
} from '@nestjs/common';
import { routerPath } from '@vigil/auth';
import type { HttpMethod, RouteDefinition } from '@vigil/contracts';
import { parseInput } from '@vigil/service';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

const METHODS: Readonly<Record<HttpMethod, RequestMethod>> = {
  GET: RequestMethod.GET,
  POST: RequestMethod.POST,
  PUT: RequestMethod.PUT,
  DELETE: RequestMethod.DELETE,
};

/** The method answers the route; its success status is the first that the route lists. */
export function Endpoint(route: RouteDefinition): MethodDecorator {
  const path = routerPath(route.path);
  const status =
    Object.keys(route.responses)
      .map(Number)
      .sort((a, b) => a - b)[0] ?? 200;
  return applyDecorators(RequestMapping({ path, method: METHODS[route.method] }), HttpCode(status));
}

/** Hands the validated {@link InputOf} the route to the method; 400 names all that is wrong. */
export const Input = createParamDecorator((route: RouteDefinition, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return {
    params: parsePart(route.params, pathParams(route, request), 'path'),
    query: parsePart(route.query, request.query, 'query'),
    body: parsePart(route.body, request.body ?? {}, 'body'),
  };
});

function parsePart(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  return schema === undefined ? undefined : parseInput(schema, value, where);
}

/** The router calls the rest of a path `*`; the route has a name for it. */
function pathParams(route: RouteDefinition, request: FastifyRequest): Record<string, unknown> {
  const { '*': rest, ...params } = asRecord(request.params);
  const restName = /\{(\w+)\.\.\.\}/.exec(route.path)?.[1];
  return restName === undefined ? params : { ...params, [restName]: rest };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
