import { ROUTE_ACCESS, type Role, type RouteAccess } from '@vigil/contracts';
import { HttpProblem } from '@vigil/service';
import { bearerCredentials, pageCredentials } from './credentials.js';
import type { KeyVerifier } from './key-verifier.js';
import type { Principal } from './principal.js';

/** Who may use a route. */
export interface AccessRule {
  readonly access: RouteAccess;
  /**
   * Also takes the key as the password of a browser's dialogue. Only for pages that change nothing,
   * since a browser sends it along unasked.
   */
  readonly browser?: boolean;
}

/**
 * Decides whether a request may pass: 401 without a valid key, 403 with one of another role. A route
 * without a rule is closed to everybody, so that a forgotten rule shows at once.
 */
export class AccessControl {
  constructor(private readonly verifier: KeyVerifier) {}

  /**
   * Who makes the request; undefined where no key is needed.
   * @throws HttpProblem 401 or 403; VigilError `retry` when keys cannot be looked up now
   */
  async authorize(
    rule: AccessRule | undefined,
    authorization: string | undefined,
  ): Promise<Principal | undefined> {
    if (rule === undefined) throw new HttpProblem(403, { detail: 'nobody may use this route' });
    if (rule.access === 'open' || rule.access === 'token') return undefined;
    const principal = await this.authenticate(authorization, rule.browser === true);
    const roles: readonly Role[] = ROUTE_ACCESS[rule.access];
    if (roles.includes(principal.role)) return principal;
    throw new HttpProblem(403, {
      detail: `the key has the role ${principal.role}, expected ${roles.join(' or ')}`,
    });
  }

  /**
   * For what there is no route for: who has no key does not learn what there is.
   * @throws HttpProblem 401; VigilError `retry` when keys cannot be looked up now
   */
  async requireKey(authorization: string | undefined): Promise<void> {
    await this.authenticate(authorization, false);
  }

  private async authenticate(
    authorization: string | undefined,
    browser: boolean,
  ): Promise<Principal> {
    const credentials = browser ? pageCredentials(authorization) : bearerCredentials(authorization);
    if (credentials.kind === 'none') throw unauthorized('a key is needed', browser);
    if (credentials.kind === 'malformed') {
      throw unauthorized('expected Authorization: Bearer <key>', browser);
    }
    const principal = await this.verifier.verify(credentials.secret);
    if (principal !== undefined) return principal;
    throw unauthorized('the key is unknown, revoked or expired', browser);
  }
}

function unauthorized(detail: string, browser: boolean): HttpProblem {
  const challenge = browser ? 'Bearer realm="vigil", Basic realm="vigil"' : 'Bearer realm="vigil"';
  return new HttpProblem(401, { detail, headers: { 'www-authenticate': challenge } });
}
