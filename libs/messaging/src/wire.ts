import type { z } from 'zod';
import { InvalidPayload } from './errors.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON bytes of a payload, after it was checked against the contract.
 * @throws InvalidPayload
 */
export function encodePayload(schema: z.ZodType, payload: unknown, subject: string): Uint8Array {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw new InvalidPayload(`${subject}: ${issuesText(parsed.error)}`);
  return encoder.encode(JSON.stringify(parsed.data));
}

/** The JSON bytes of a payload that its caller has just parsed with the same schema. */
export function encodeTrusted(payload: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(payload));
}

/**
 * Reads the JSON bytes of a message.
 * @throws InvalidPayload when they are not JSON or do not match the contract
 */
export function decodePayload<Schema extends z.ZodType>(
  schema: Schema,
  data: Uint8Array,
  subject: string,
): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(data));
  } catch (error) {
    throw new InvalidPayload(`${subject}: not JSON`, { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new InvalidPayload(`${subject}: ${issuesText(parsed.error)}`);
}

/** Paths and messages of the first issues; values are left out, they may be secret. */
function issuesText(error: z.ZodError): string {
  const shown = error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const more = error.issues.length - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}
