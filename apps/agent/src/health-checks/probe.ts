/** What one attempt found out; it says why it failed, for people. */
export type ProbeOutcome =
  { readonly success: true } | { readonly success: false; readonly message: string };

export const SUCCESS: ProbeOutcome = { success: true };

export function failure(message: string): ProbeOutcome {
  return { success: false, message };
}

/** Thrown by an attempt that found out nothing: whoever was to carry it out did not answer. */
export class ProvesNothing extends Error {
  override readonly name = 'ProvesNothing';
}

/** One attempt. Ends by itself at the time-out, or when the signal is aborted. */
export type Probe = (timeoutMs: number, signal: AbortSignal) => Promise<ProbeOutcome>;
