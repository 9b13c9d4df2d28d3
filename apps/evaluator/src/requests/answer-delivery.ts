/**
 * Somebody waits for the answer: trying again for minutes would answer nobody, and would carry out a
 * wish that its author has given up.
 */
export const ANSWER_DELIVERY = {
  maxDeliver: 3,
  backoff: { initialMs: 250, capMs: 1_000 },
  concurrency: 8,
} as const;
