/** How long an approval can be given, milliseconds. */
export const APPROVAL_EXPIRY_MS = 3_600_000;
