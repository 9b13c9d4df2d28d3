import { Injectable } from '@nestjs/common';
import type { ActionReason, ActionRequest } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { DesiredBook } from './desired-book.js';

/**
 * How long what this process knows may be behind what the requester knew, milliseconds: both follow
 * the same bucket, and what was just pushed may reach us a little later than its request.
 */
const CATCH_UP_MS = 1_000;

type Asked = Pick<ActionRequest, 'action' | 'basis' | 'operator' | 'resource'>;

/** Says whether a request still rests on what is wanted. */
@Injectable()
export class StillWanted {
  constructor(
    private readonly book: DesiredBook,
    private readonly clock: Clock,
  ) {}

  /**
   * Why an action that is about to begin is not done any more: its manifest was changed or removed, or
   * a person stopped or scaled the resource, after it was decided. What a hold or an override makes of
   * a manifest is no change while Git and the override are the same. Nor is it acted on what is not
   * known: a source that is not loaded says nothing.
   */
  async changeSince(asked: Asked, signal: AbortSignal): Promise<ActionReason | undefined> {
    if (this.difference(asked) === undefined) return undefined;
    await this.untilSame(asked, signal);
    return this.reasonFor(asked, this.difference(asked));
  }

  /** The same for an action that has begun: only what is certainly something else ends it. */
  certainChangeSince(asked: Asked): ActionReason | undefined {
    const difference =
      this.changeInGit(asked) ?? (isScale(asked) ? undefined : this.override(asked));
    return difference === UNKNOWN ? undefined : this.reasonFor(asked, difference);
  }

  private untilSame(asked: Asked, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        stop();
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, CATCH_UP_MS);
      const stop = this.book.onChange(() => {
        if (this.difference(asked) === undefined) finish();
      });
      signal.addEventListener('abort', finish, { once: true });
      if (signal.aborted) finish();
    });
  }

  private difference(asked: Asked): string | undefined {
    return this.changeInGit(asked) ?? this.override(asked);
  }

  private changeInGit({ basis, resource, ...asked }: Asked): string | undefined {
    if (basis === undefined || isAboutWhateverRuns(asked)) return undefined;
    const declared = this.book.declarationOf(resource);
    switch (declared.kind) {
      case 'unknown':
        return UNKNOWN;
      case 'absent':
        return basis.declaredDigest === null ? undefined : 'it left Git';
      case 'declared':
        if (basis.declaredDigest === null) return 'it is in Git again';
        return basis.declaredDigest === declared.digest ? undefined : 'its manifest was changed';
    }
  }

  /** A person's own wish goes before what others have made of the desired state. */
  private override({ basis, resource, operator }: Asked): string | undefined {
    if (basis === undefined || operator !== undefined) return undefined;
    const overrider = this.book.overriderOf(resource, this.clock.now());
    return overrider === basis.overrideBy ? undefined : 'it was stopped, started or scaled';
  }

  private reasonFor({ operator }: Asked, difference: string | undefined): ActionReason | undefined {
    if (difference === undefined) return undefined;
    const message = `${difference} after this was asked for`;
    if (operator === undefined) {
      return { code: 'stale', message, nextAttemptAt: this.clock.now() };
    }
    return { code: 'stale', message: `${message}: ask again` };
  }
}

const UNKNOWN = 'what is wanted of it became unknown';

/** A notice, and a person who stops something, do not depend on what Git says about it. */
function isAboutWhateverRuns({ action, operator }: Pick<Asked, 'action' | 'operator'>): boolean {
  return action === 'notify' || (action === 'stop' && operator !== undefined);
}

/** Once it has begun, the override is its own. */
function isScale({ action }: Asked): boolean {
  return action === 'scale';
}
