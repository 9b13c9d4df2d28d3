import { Role, ROUTE_ACCESS, type RouteAccess } from '@vigil/contracts';
import { HttpProblem, ManualClock } from '@vigil/service';
import { AccessControl } from './access-control.js';
import { KeyDirectory } from './key-directory.js';
import { KeyVerifier } from './key-verifier.js';
import type { KnownKey } from './principal.js';
import { hashSecret } from './secret.js';

/** The name of a role is the key of somebody who has it. */
class RoleNames extends KeyDirectory {
  find(hash: Buffer): Promise<KnownKey | undefined> {
    const role = Role.options.find((name) => hashSecret(name).equals(hash));
    const principal = role && { keyId: role, name: role, role };
    return Promise.resolve(principal && { principal, hash });
  }
}

const control = new AccessControl(new KeyVerifier(new RoleNames(), new ManualClock(0)));
const ACCESS: RouteAccess[] = ['signed-in', 'read', 'operate', 'administer', 'ingest', 'agent'];

const statusOf = async (attempt: Promise<unknown>) => {
  try {
    await attempt;
    return 200;
  } catch (error) {
    return error instanceof HttpProblem ? error.getStatus() : error;
  }
};

describe('AccessControl', () => {
  const rows = ACCESS.flatMap((access) => Role.options.map((role) => ({ access, role })));

  it.each(rows)('$access for $role', async ({ access, role }) => {
    const roles: readonly Role[] = ROUTE_ACCESS[access];
    const status = await statusOf(control.authorize({ access }, `Bearer ${role}`));
    expect(status).toBe(roles.includes(role) ? 200 : 403);
  });

  it.each([undefined, '', 'Bearer', 'Bearer nobody', 'Basic YWRtaW46YWRtaW4='])(
    'answers 401 to %p',
    async (header) => {
      expect(await statusOf(control.authorize({ access: 'read' }, header))).toBe(401);
    },
  );

  it('takes a browser’s password only where that is allowed', async () => {
    const header = `Basic ${Buffer.from('ann:admin').toString('base64')}`;
    expect(await statusOf(control.authorize({ access: 'read', browser: true }, header))).toBe(200);
    expect(await statusOf(control.authorize({ access: 'read' }, header))).toBe(401);
  });

  it.each(['open', 'token'] as const)('needs no key where the access is %s', async (access) => {
    await expect(control.authorize({ access }, undefined)).resolves.toBeUndefined();
  });

  it('closes what has no rule, also for an admin', async () => {
    expect(await statusOf(control.authorize(undefined, 'Bearer admin'))).toBe(403);
  });
});
