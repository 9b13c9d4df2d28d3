import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The service that every guard looks after. */
export interface BenchService {
  /** A program that listens on the port in `PORT`, or in its first argument. */
  readonly path: string;
  readonly runtime: 'perl' | 'node';
}

/**
 * Answers on 127.0.0.1 with its pid, so that whoever asks knows which launch answers. In Perl where it
 * is there, which starts in some 15 ms: the start of the service is a part of every figure. A file,
 * because each guard has quoting rules of its own.
 */
export function writeService(directory: string): BenchService {
  const perl = '/usr/bin/perl';
  const runtime = existsSync(perl) ? 'perl' : 'node';
  const path = join(directory, 'service');
  writeFileSync(path, runtime === 'perl' ? perlService(perl) : nodeService());
  chmodSync(path, 0o755);
  return { path, runtime };
}

function perlService(perl: string): string {
  return `#!${perl}
use strict;
use Socket;
$SIG{PIPE} = 'IGNORE';
socket(my $server, PF_INET, SOCK_STREAM, 0) or die $!;
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1) or die $!;
bind($server, sockaddr_in($ENV{PORT} || $ARGV[0], INADDR_LOOPBACK)) or die $!;
listen($server, 128) or die $!;
while (1) {
  accept(my $client, $server) or next;
  sysread($client, my $request, 4096);
  syswrite($client, "HTTP/1.1 200 OK\\r\\nContent-Length: " . length($$) . "\\r\\nConnection: close\\r\\n\\r\\n$$");
  close($client);
}
`;
}

function nodeService(): string {
  return `#!${process.execPath}
require('node:http')
  .createServer((_, response) => response.end(String(process.pid)))
  .listen(Number(process.env.PORT ?? process.argv[2]), '127.0.0.1');
`;
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
