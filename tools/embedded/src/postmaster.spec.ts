import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresArguments, readPostmasterPid, stopPostmaster } from './postmaster.js';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

function dataDirectory(pidFile?: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-data-'));
  directories.push(directory);
  if (pidFile !== undefined) writeFileSync(join(directory, 'postmaster.pid'), pidFile);
  return directory;
}

const lines = (pid: number, status: string): string =>
  [pid, '/data', 1795251279, 20143, '', '127.0.0.1', '  1234  5', status, ''].join('\n');

describe('readPostmasterPid', () => {
  it.each([
    ['ready   ', { pid: 42, port: 20143, ready: true }],
    ['starting', { pid: 42, port: 20143, ready: false }],
  ])('reads a server that is %s', (status, expected) => {
    expect(readPostmasterPid(dataDirectory(lines(42, status)))).toEqual(expected);
  });

  it.each([[undefined], [''], ['torn'], ['-1\n']])('finds no server in %j', (content) => {
    expect(readPostmasterPid(dataDirectory(content))).toBeUndefined();
  });
});

describe('stopPostmaster', () => {
  it('leaves alone who was given the pid of a dead server', async () => {
    const directory = dataDirectory(lines(process.pid, 'ready'));
    expect(await stopPostmaster(directory)).toBe(false);
    expect(existsSync(join(directory, 'postmaster.pid'))).toBe(false);
  });
});

describe('postgresArguments', () => {
  it('listen on this machine alone, and commit durably', () => {
    const settings = { dataDirectory: '/d', port: 1, maxConnections: 9, durable: true };
    const args = postgresArguments(settings);
    for (const setting of [
      'listen_addresses=127.0.0.1',
      'synchronous_commit=on',
      'fsync=on',
      'full_page_writes=on',
      'unix_socket_directories=',
    ]) {
      expect(args).toContain(setting);
    }
  });
});
