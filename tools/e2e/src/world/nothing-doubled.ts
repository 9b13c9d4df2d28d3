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
  const doubled = remediedTwice(actions);
  const timelines = doubled.map(({ id }) => world.api.get(`/actions/${id}`));
  // with their timelines, because how it came about is what a reader of the failure has to know
  expect((await Promise.all(timelines)).map(({ body }) => body)).toEqual([]);
}

/** The actions that share a cause with another one, where both claim to have removed it. */
function remediedTwice(actions: readonly Action[]): Action[] {
  const succeeded = actions.filter(({ status }) => status === 'succeeded');
  const keys = succeeded.flatMap(({ causes }) => causes.map(({ key }) => key));
  const doubled = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
  return succeeded.filter(({ causes }) => causes.some(({ key }) => doubled.has(key)));
}
