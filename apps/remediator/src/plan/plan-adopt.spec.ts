import { DIGEST, HOST, observation, request, service, target } from '../testing/fixtures.js';
import type { IssuedOperation } from '../action/action-view.js';
import { planAction } from './plan-action.js';
import { planRollback } from './plan-rollback.js';
import { placeKey } from './replica-facts.js';

const adopting = request({
  action: 'adopt',
  service: service({ adopt: ['shop-web-1', 'shop-web-2'] }),
  targets: [target(0), target(1), target(2)],
});

describe('adopt', () => {
  it('takes over what the manifest names, and nothing that is looked after already', () => {
    const facts = new Map([[placeKey({ host: HOST, replica: 0 }), observation({ replica: 0 })]]);
    const outcome = planAction({
      request: adopting,
      targets: adopting.targets,
      facts,
      specs: new Map(),
    });
    expect(outcome).toMatchObject({
      plan: {
        operations: [
          {
            operation: {
              kind: 'adopt',
              replica: 1,
              container: 'shop-web-2',
              precondition: { kind: 'absent' },
              specDigest: DIGEST,
            },
          },
        ],
      },
      skipped: [{ why: 'healed' }, { why: 'changed' }],
    });
  });

  it('is taken back without touching the container', () => {
    const outcome = planAction({
      request: adopting,
      targets: [target(0)],
      facts: new Map(),
      specs: new Map(),
    });
    if (outcome.kind !== 'planned') throw new Error(outcome.message);
    const operations = outcome.plan.operations.map((planned, index): IssuedOperation => {
      return { ...planned, index, commandId: 'c', rollback: false };
    });
    expect(planRollback({ request: adopting, operations, specs: new Map() })).toMatchObject([
      { operation: { kind: 'release', replica: 0 } },
    ]);
  });
});
