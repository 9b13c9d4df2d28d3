import { pino, type DestinationStream } from 'pino';

/**
 * The standard output: JSON lines, and readable ones when it is a terminal. What makes them readable is
 * loaded only then. Both write at once, so that nothing is lost when the process ends.
 */
export async function standardOutput(): Promise<DestinationStream> {
  if (!process.stdout.isTTY) return pino.destination({ dest: 1, sync: true });
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    sync: true,
    messageKey: 'message',
    errorLikeObjectKeys: ['error'],
    ignore: 'pid,version,service',
    translateTime: 'SYS:HH:MM:ss.l',
  });
}
