import { Injectable } from '@nestjs/common';
import type { ActionReason } from '@vigil/contracts';
import type { ActionView } from '../action/action-view.js';
import type { ActionHold } from '../locks/action-hold.js';
import { DesiredBook } from './desired-book.js';
import { Overrides } from './overrides.js';

/**
 * What an action changes in the effective desired state. Only while it holds its resource; and when
 * another action has had the resource meanwhile and changed it too, what that one wrote stays.
 */
@Injectable()
export class EffectiveChange {
  constructor(
    private readonly overrides: Overrides,
    private readonly book: DesiredBook,
  ) {}

  /**
   * Before the first operation. Returns why it is too late for that, if it is.
   * @throws LockLost
   */
  async establish(view: ActionView, hold: ActionHold): Promise<ActionReason | undefined> {
    const overtaken = this.overtaken(view);
    if (overtaken === undefined && isAboutHosts(view)) {
      hold.requireToken();
      await this.overrides.establish(view.request);
    }
    return overtaken;
  }

  /**
   * When it has come to nothing, and before a roll-back.
   * @throws LockLost
   */
  async takeBack(view: ActionView, hold: ActionHold): Promise<void> {
    if (!isAboutHosts(view) || this.overtaken(view) !== undefined) return;
    hold.requireToken();
    await this.overrides.takeBack(view.request);
  }

  /** An action that runs holds its resource: an override that is younger was made while it did not. */
  private overtaken({ request, begunAt }: ActionView): ActionReason | undefined {
    const override = this.book.lastOverride(request.resource);
    if (override === undefined || begunAt === undefined) return undefined;
    const { actionId, changedAt, createdAt } = override;
    // its own, or the one that it was decided on
    if (actionId === request.actionId || actionId === request.basis?.overrideBy) return undefined;
    if ((changedAt ?? createdAt) <= begunAt) return undefined;
    const message = `${override.owner} has changed what is wanted of it since this began`;
    return { code: 'overtaken', message };
  }
}

/** A notice holds nothing. */
function isAboutHosts({ request }: ActionView): boolean {
  return request.action !== 'notify';
}
