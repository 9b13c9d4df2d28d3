import { z } from 'zod';

/** A command as a list: no shell takes part in starting it. */
export function argv(expected: string) {
  const argument = z
    .string({ error: 'text (numbers in quotes)' })
    .refine((value) => !value.includes('\0'), { error: 'text without NUL characters' });
  return z
    .array(argument, { error: expected })
    .min(1, { error: expected })
    .refine((words) => words[0] !== '', { error: `${expected}, with a program first` });
}
