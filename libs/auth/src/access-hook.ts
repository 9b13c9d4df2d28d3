import type { RouteDefinition } from '@vigil/contracts';
import type { FastifyInstance } from 'fastify';
import type { AccessControl, AccessRule } from './access-control.js';
import { identify } from './caller.js';

/** Rules by method and path, as the router knows them. */
export type AccessRules = ReadonlyMap<string, AccessRule>;

/** Where nothing needs a key. */
const OPEN = /^\/health(?:[/?]|$)/;

/** Path of a route as the router writes it: `/agents/:id`, `/evaluate/*`. */
export function routerPath(path: string): string {
  return path.replace(/\{\w+\.\.\.\}/g, '*').replace(/\{(\w+)\}/g, ':$1');
}

/** @param browserRoutes routes that also take the key from a browser's dialogue */
export function accessRules(
  routes: Iterable<RouteDefinition>,
  browserRoutes: ReadonlySet<RouteDefinition> = new Set(),
): AccessRules {
  const rules = new Map<string, AccessRule>();
  for (const route of routes) {
    const rule = { access: route.access, browser: browserRoutes.has(route) };
    rules.set(`${route.method} ${routerPath(route.path)}`, rule);
  }
  return rules;
}

/**
 * Checks each request as soon as its head has arrived, before its body is read: who has no key cannot
 * make the server take in megabytes. What matches no route is left to the router's 404, for those who
 * have a key; beneath `/health` for everybody.
 */
export function guardRoutes(
  fastify: FastifyInstance,
  control: AccessControl,
  rules: AccessRules,
): void {
  fastify.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    if (url === undefined) {
      if (!OPEN.test(request.url)) await control.requireKey(request.headers.authorization);
      return;
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const principal = await control.authorize(
      rules.get(`${method} ${url}`),
      request.headers.authorization,
    );
    if (principal !== undefined) identify(request, principal);
  });
}
