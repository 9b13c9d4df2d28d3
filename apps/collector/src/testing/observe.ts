import type { EventContract, SignalContract } from '@vigil/contracts';
import { NatsConnection, Subscriptions } from '@vigil/messaging';
import type { RunningService } from '@vigil/service';
import { eventually } from '@vigil/testkit';
import type { z } from 'zod';

export interface Observed<Payload> {
  readonly messages: readonly Payload[];
  /** Waits for a message that meets the condition, also one that came before. */
  until(condition: (message: Payload) => boolean): Promise<Payload>;
  stop(): Promise<void>;
}

/** Collects the events of a contract that are published from now on. */
export async function observeEvents<Schema extends z.ZodType>(
  service: RunningService,
  contract: EventContract<Schema>,
): Promise<Observed<z.output<Schema>>> {
  const messages: z.output<Schema>[] = [];
  const reader = service.app
    .get(Subscriptions)
    .subscribeOrdered(contract, { deliver: 'new' }, (message) => void messages.push(message));
  await reader.caughtUp;
  return observed(messages, () => reader.stop());
}

/**
 * Collects the messages of a work queue that are published from now on, beside whoever works on them:
 * a second reader of the queue itself would take them away.
 */
export function observeWorkQueue<Schema extends z.ZodType>(
  service: RunningService,
  contract: EventContract<Schema>,
): Observed<z.output<Schema>> {
  const messages: z.output<Schema>[] = [];
  const { client } = service.app.get(NatsConnection).require();
  const subscription = client.subscribe(contract.subject, {
    callback: (_error, message) => void messages.push(contract.schema.parse(message.json())),
  });
  return observed(messages, () => {
    subscription.unsubscribe();
    return Promise.resolve();
  });
}

/** Collects the signals of a contract that are sent from now on. */
export function observeSignals<Schema extends z.ZodType>(
  service: RunningService,
  contract: SignalContract<Schema>,
): Observed<z.output<Schema>> {
  const messages: z.output<Schema>[] = [];
  const subscription = service.app
    .get(Subscriptions)
    .hear(contract, {}, (message) => void messages.push(message));
  return observed(messages, () => subscription.stop());
}

function observed<Payload>(messages: Payload[], stop: () => Promise<void>): Observed<Payload> {
  return {
    messages,
    until: async (condition) => {
      const found = await eventually(() => {
        const index = messages.findIndex(condition);
        return index < 0 ? undefined : { message: messages[index] };
      });
      const { message } = found;
      if (message === undefined) throw new Error('the message was undefined');
      return message;
    },
    stop,
  };
}
