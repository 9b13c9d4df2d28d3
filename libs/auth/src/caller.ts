import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from './principal.js';

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
