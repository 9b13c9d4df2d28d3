import { CONTROL_ROUTES } from './control-routes.js';
import { OBSERVATION_ROUTES } from './observation-routes.js';
import type { RouteDefinition } from './route.js';
import { STATE_ROUTES } from './state-routes.js';

/**
 * The HTTP API of the collector: one entry per endpoint, from which guards, validation and the
 * OpenAPI document follow. `docs/http-api.md` says in prose what it means.
 */
export const ROUTES = {
  ...OBSERVATION_ROUTES,
  ...STATE_ROUTES,
  ...CONTROL_ROUTES,
} as const satisfies Record<string, RouteDefinition>;

export type RouteName = keyof typeof ROUTES;
