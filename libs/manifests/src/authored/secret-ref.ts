import { z } from 'zod';
import { matching } from './fields.js';

export const absolutePath = (expected: string) => matching(/^\/[^\0]*$/, expected);

export const plainText = () =>
  z
    .string({ error: 'text' })
    .refine((value) => !value.includes('\0'), { error: 'text without NUL characters' });

/** A file where what needs the secret runs: on the host of a service, or beside gitopsd. */
export const secretRef = () =>
  z.strictObject({
    secretRef: z.strictObject({ file: absolutePath('the absolute path of a file on the host') }),
  });

/** Text, or a file that has it. */
export const envValue = () =>
  z.union([plainText(), secretRef()], { error: 'text, or secretRef: { file: /path/on/the/host }' });
