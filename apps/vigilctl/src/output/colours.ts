import { isatty } from 'node:tty';
import pc from 'picocolors';

/**
 * Colours for a person at a terminal, none where the output is read by something else. picocolors alone
 * also colours whenever the variable CI is set, which scripts do not expect.
 */
export const colours = pc.createColors(isatty(process.stdout.fd) && pc.isColorSupported);
