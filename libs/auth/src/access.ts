import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { RouteAccess } from '@vigil/contracts';
import type { Principal } from './principal.js';

/** Metadata key of {@link Access}. */
export const ROUTE_ACCESS_KEY = 'vigil:route-access';

export interface AccessOptions {
  /** Also takes the key as the password of a browser's dialogue. For pages that change nothing. */
  readonly browser?: boolean;
}

export interface AccessRule extends AccessOptions {
  readonly access: RouteAccess;
}

/** Says who may use a route. A route that says nothing is closed to everybody. */
export const Access = (access: RouteAccess, options: AccessOptions = {}) =>
  SetMetadata(ROUTE_ACCESS_KEY, { access, ...options } satisfies AccessRule);

const principals = new WeakMap<object, Principal>();

/** Remembers who makes a request. */
export function identify(request: object, principal: Principal): void {
  principals.set(request, principal);
}

/** Who makes the request; undefined on a route that needs no key. */
export function principalOf(request: object): Principal | undefined {
  return principals.get(request);
}

/** Hands the {@link Principal} to a handler. */
export const Caller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal => {
    const principal = principalOf(context.switchToHttp().getRequest<object>());
    if (principal === undefined) throw new TypeError('@Caller() on a route that needs no key');
    return principal;
  },
);
