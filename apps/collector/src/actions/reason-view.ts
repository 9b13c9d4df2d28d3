import { ActionReason, type ReasonView } from '@vigil/contracts';
import type { z } from 'zod';
import { optionalInstant, present } from '../http/instant.js';

/** A stored reason with its time as text; undefined when there is none. */
export function reasonView(stored: unknown): z.input<typeof ReasonView> | undefined {
  const reason = ActionReason.safeParse(stored);
  if (!reason.success) return undefined;
  const { nextAttemptAt, code, message, gate } = reason.data;
  return { code, message, ...present({ gate, nextAttemptAt: optionalInstant(nextAttemptAt) }) };
}
