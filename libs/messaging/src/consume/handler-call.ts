import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { MessageContext } from '../message-context.js';

/** Runs a Nest handler with everything around it; rejects with the error that the handler threw. */
export async function callHandler(
  handler: MessageHandler,
  payload: unknown,
  context: MessageContext,
): Promise<unknown> {
  const result: unknown = await handler(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
