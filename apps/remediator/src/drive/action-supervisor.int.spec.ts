import { Log, SilentLog } from '@vigil/service';
import { EffectiveChange } from '../desired/effective-change.js';
import { CarryOutPlan } from '../execute/carry-out-plan.js';
import { RollBack } from '../execute/roll-back.js';
import { LockLost, type ActionHold } from '../locks/action-hold.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';
import type { ActionRun } from './action-run.js';
import { ActionSupervisor } from './action-supervisor.js';
import { Admission } from './admission.js';
import { DriveAction } from './drive-action.js';

/** Its first attempt at anything ends early. */
class InterruptedOnce extends DriveAction {
  private attempts = 0;

  override async drive(run: ActionRun, hold: ActionHold): Promise<void> {
    this.attempts += 1;
    if (this.attempts === 1) throw new LockLost('as when another process has the lock');
    await super.drive(run, hold);
  }
}

/** Tells when an attempt has ended and the next one has not begun. */
class BetweenAttempts extends SilentLog {
  onInterruption: () => void = () => undefined;

  override error(message?: string): void {
    if (message === 'an action was interrupted') this.onInterruption();
  }
}

describe('a cancellation that arrives between two attempts', () => {
  it('ends the action at the next one, before anything is done', async () => {
    const world = await RemediatorWorld.start();
    try {
      const log = new BetweenAttempts();
      const driver = {
        provide: DriveAction,
        useFactory: (...parts: ConstructorParameters<typeof DriveAction>) =>
          new InterruptedOnce(...parts),
        inject: [Admission, EffectiveChange, CarryOutPlan, RollBack, Log],
      };
      const { app } = await world.remediator({ log, providers: [driver] });
      const web = new Scenario(world);
      await web.placeDead();
      const wanted = web.wanted();
      log.onInterruption = () => {
        const cancellation = { actor: 'ada', reason: 'not now' };
        void app.get(ActionSupervisor).cancel(wanted.actionId, cancellation);
      };
      await world.request(wanted);
      await world.reaches(wanted.actionId, 'cancelled', 'succeeded');
      expect(world.logOf(wanted.actionId).at(-1)).toMatchObject({
        to: 'cancelled',
        actor: 'ada',
        reason: { code: 'cancelled', message: 'not now' },
      });
      expect(web.done).toEqual([]);
    } finally {
      await world.stop();
    }
  }, 30_000);
});
