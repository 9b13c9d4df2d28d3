import { expect } from '@jest/globals';
import { isFinalActionState, ActionState } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import type { Action } from './views.js';
import type { World } from './world.js';

/**
 * Waits until every action has ended, and looks that none of their causes was remedied twice. A cause
 * names one occurrence of one fault: the same process cannot be missing a second time.
 */
export async function expectNothingDoubled(world: World): Promise<void> {
  const actions = await eventually(
    async () => {
      const found = await world.actions();
      const open = found.filter(({ status }) => !isFinalActionState(ActionState.parse(status)));
      if (open.length > 0) throw new Error(`not ended: ${JSON.stringify(open)}`);
      return found;
    },
    { withinMs: 20_000 },
  );
  expect(remediedTwice(actions)).toEqual([]);
}

function remediedTwice(actions: readonly Action[]): string[] {
  const succeeded = actions
    .filter(({ status }) => status === 'succeeded')
    .flatMap(({ causes }) => causes.map(({ key }) => key));
  return succeeded.filter((key, index) => succeeded.indexOf(key) !== index);
}
