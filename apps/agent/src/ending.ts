import { z } from 'zod';

/** How and when the agent is to end. */
export interface Ending {
  readonly signal: AbortSignal;
  /** True when the supervised processes end with the agent. Known for good once `signal` is aborted. */
  readonly stopSupervised: boolean;
}

/** From whoever started us, over Node's channel between parent and child. */
const Shutdown = z.object({
  type: z.literal('shutdown'),
  stopSupervised: z.boolean().optional(),
});

/** The message and the signal travel on different ways: the signal waits this long for the message. */
const MESSAGE_PATIENCE_MS = 100;

/**
 * SIGTERM and SIGINT end the agent and leave the supervised processes running; the message
 * `{"type":"shutdown","stopSupervised":true}` of the parent process ends them too. When the parent
 * goes away nothing ends.
 */
export function endingOfProcess(): Ending {
  const controller = new AbortController();
  const ending = { signal: controller.signal, stopSupervised: false };
  const onSignal = () => {
    if (process.connected) setTimeout(() => controller.abort(), MESSAGE_PATIENCE_MS);
    else controller.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('message', (message) => {
    const shutdown = Shutdown.safeParse(message);
    if (!shutdown.success) return;
    if (!controller.signal.aborted) ending.stopSupervised = shutdown.data.stopSupervised ?? false;
    controller.abort();
  });
  return ending;
}
