import { temporaryDirectory } from '@vigil/testkit';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installNatsServer, NatsServerMissing } from './nats-installation.js';

/**
 * Stand-ins for the package managers, since no test may install anything: each writes down how it was
 * called. What they are said to have installed is the nats-server that this machine has for its tests.
 */
class Machine {
  private readonly bin = temporaryDirectory('bin');
  private readonly log = join(this.bin, 'log');
  private readonly lists = join(this.bin, 'lists');
  readonly packageDirectory = temporaryDirectory('package');

  /** One on which these programs fail, and no other is on the PATH. */
  without(...programs: string[]): this {
    for (const name of programs) this.add(name, `echo "E: no ${name} today" >&2; exit 100`);
    return this;
  }

  withBrew(): this {
    return this.add('brew', '');
  }

  /** As Debian has it; without package lists nothing is found until they are fetched. */
  withApt(options: { readonly lists: boolean }): this {
    if (options.lists) writeFileSync(this.lists, '');
    this.add('dpkg', '');
    return this.add(
      'apt-get',
      `case " $* " in
        *" update "*) : > ${this.lists};;
        *" download "*) [ -e ${this.lists} ] || exit 100; : > nats-server_2.9.10_amd64.deb;;
        *) [ -e ${this.lists} ] || { echo "E: Unable to locate package nats-server" >&2; exit 100; };;
      esac`,
    );
  }

  /** Every call, in order, with the folders of this test by name. */
  async install(person: { isRoot: boolean }): Promise<string[]> {
    const path = process.env['PATH'];
    process.env['PATH'] = this.bin;
    try {
      await installNatsServer(this.packageDirectory, person);
    } finally {
      process.env['PATH'] = path;
    }
    return this.calls();
  }

  calls(): string[] {
    if (!existsSync(this.log)) return [];
    const text = readFileSync(this.log, 'utf8').replaceAll(this.packageDirectory, 'PACKAGE');
    return text.trim().split('\n');
  }

  private add(name: string, body: string): this {
    const file = join(this.bin, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> ${this.log}\n${body}\n`);
    chmodSync(file, 0o755);
    return this;
  }
}

const ROOT = { isRoot: true };
const USER = { isRoot: false };
const APT_INSTALL = 'apt-get install -y --no-install-recommends nats-server';
const OWN = '-o Dir::State=PACKAGE/apt/state -o Dir::Cache=PACKAGE/apt/cache';
const UNPACK = 'dpkg -x PACKAGE/apt/nats-server_2.9.10_amd64.deb PACKAGE';

describe('a nats-server is installed', () => {
  it('by apt for root', async () => {
    expect(await new Machine().withApt({ lists: true }).install(ROOT)).toEqual([APT_INSTALL]);
  });

  it('by apt for root on a fresh machine', async () => {
    expect(await new Machine().withApt({ lists: false }).install(ROOT)).toEqual([
      APT_INSTALL,
      'apt-get update',
      APT_INSTALL,
    ]);
  });

  it('by unpacking the package for a user who may not install it', async () => {
    const machine = new Machine().withApt({ lists: true });
    expect(await machine.install(USER)).toEqual(['apt-get download nats-server', UNPACK]);
    expect(existsSync(join(machine.packageDirectory, 'apt'))).toBe(false);
  });

  it('by unpacking the package for a user on a fresh machine', async () => {
    expect(await new Machine().withApt({ lists: false }).install(USER)).toEqual([
      'apt-get download nats-server',
      `apt-get ${OWN} update`,
      `apt-get ${OWN} download nats-server`,
      UNPACK,
    ]);
  });

  it('by brew where there is no apt', async () => {
    expect(await new Machine().withBrew().install(USER)).toEqual(['brew install nats-server']);
  });

  it('by brew when apt fails', async () => {
    const machine = new Machine().without('apt-get', 'dpkg').withBrew();
    expect((await machine.install(USER)).at(-1)).toBe('brew install nats-server');
  });

  it('by the person, where nothing else is left', async () => {
    const machine = new Machine();
    await expect(machine.install(USER)).rejects.toThrow(NatsServerMissing);
    await expect(machine.install(ROOT)).rejects.toThrow('brew install nats-server');
    expect(machine.calls()).toEqual([]);
  });

  it('by the person, who is told what failed and why', async () => {
    const machine = new Machine().without('apt-get', 'brew');
    const failure = machine.install(ROOT);
    await expect(failure).rejects.toThrow('apt-get update failed:\n  E: no apt-get today');
    await expect(failure).rejects.toThrow('brew install nats-server failed:\n  E: no brew today');
    await expect(failure).rejects.toThrow('or set NATS_URL');
  });
});
