import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ROUTE_ACCESS, type Role } from '@vigil/contracts';
import { HttpProblem, OPEN_ROUTE } from '@vigil/service';
import { identify, ROUTE_ACCESS_KEY, type AccessRule } from './access.js';
import { bearerCredentials, pageCredentials } from './credentials.js';
import { KeyVerifier } from './key-verifier.js';
import type { Principal } from './principal.js';

interface Request {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Lets a request pass when its key has a role that the route allows. 401 without a valid key, 403
 * with one of another role. What declares no access is closed.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: KeyVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(OPEN_ROUTE, targets) === true) {
      return true;
    }
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(
      ROUTE_ACCESS_KEY,
      targets,
    );
    if (rule === undefined) throw new HttpProblem(403, { detail: 'nobody may use this route' });
    if (rule.access === 'open' || rule.access === 'token') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const principal = await this.authenticate(request, rule.browser === true);
    identify(request, principal);
    return this.allow(rule, principal);
  }

  private async authenticate(request: Request, browser: boolean): Promise<Principal> {
    const header = request.headers['authorization'];
    const text = typeof header === 'string' ? header : undefined;
    const credentials = browser ? pageCredentials(text) : bearerCredentials(text);
    if (credentials.kind === 'none') throw unauthorized('a key is needed', browser);
    if (credentials.kind === 'malformed') {
      throw unauthorized('expected Authorization: Bearer <key>', browser);
    }
    const principal = await this.verifier.verify(credentials.secret);
    if (principal === undefined) {
      throw unauthorized('the key is unknown, revoked or expired', browser);
    }
    return principal;
  }

  private allow(rule: AccessRule, principal: Principal): true {
    const roles: readonly Role[] = ROUTE_ACCESS[rule.access];
    if (roles.includes(principal.role)) return true;
    throw new HttpProblem(403, {
      detail: `the key has the role ${principal.role}, expected ${roles.join(' or ')}`,
    });
  }
}

function unauthorized(detail: string, browser: boolean): HttpProblem {
  const challenge = browser ? 'Bearer realm="vigil", Basic realm="vigil"' : 'Bearer realm="vigil"';
  return new HttpProblem(401, { detail, headers: { 'www-authenticate': challenge } });
}
