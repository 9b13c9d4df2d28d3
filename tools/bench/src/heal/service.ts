import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The service that every guard looks after: answers on 127.0.0.1 with its pid, so that whoever asks
 * knows which launch answers. A file, because each guard has quoting rules of its own.
 */
export function writeService(directory: string): string {
  const path = join(directory, 'service.mjs');
  writeFileSync(
    path,
    `#!${process.execPath}
import { createServer } from 'node:http';
createServer((_, response) => response.end(String(process.pid))).listen(
  Number(process.env.PORT ?? process.argv[2]),
  '127.0.0.1',
);
`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** Pid of the launch that answers on the port; undefined when nobody does within `timeoutMs`. */
export async function whoAnswers(port: number, timeoutMs = 300): Promise<number | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${String(port)}/health`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return Number(await response.text());
  } catch {
    return undefined;
  }
}
