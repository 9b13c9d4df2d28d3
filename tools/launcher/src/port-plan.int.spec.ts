import { freePort, temporaryDirectory } from '@vigil/testkit';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { checkPorts, embeddedPorts } from './port-plan.js';
import { readSettings, type Settings } from './settings.js';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function occupy(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
}

async function settingsOnFreePorts(changes: Record<string, string> = {}): Promise<Settings> {
  const env: Record<string, string> = {};
  for (const name of ['COLLECTOR', 'GITOPSD', 'EVALUATOR', 'REMEDIATOR', 'AGENT']) {
    env[`VIGIL_${name}_PORT`] = String(await freePort());
  }
  return readSettings({ env: { ...env, ...changes }, workspace: '/checkout', directory: '/' });
}

describe('checkPorts', () => {
  it('has nothing to say about free ports', async () => {
    await expect(checkPorts(await settingsOnFreePorts())).resolves.toBeUndefined();
  });

  it('names the variable, the port and the listener', async () => {
    const settings = await settingsOnFreePorts();
    const port = settings.ports.evaluator ?? 0;
    await occupy(port);
    await expect(checkPorts(settings)).rejects.toThrow(
      new RegExp(`^VIGIL_EVALUATOR_PORT: port ${port} is in use.*set VIGIL_EVALUATOR_PORT`),
    );
  });
});

describe('embeddedPorts', () => {
  const file = (): string => join(temporaryDirectory('ports'), 'ports.json');

  it('stay the same from start to start, and stand in a file with those of the services', async () => {
    const settings = await settingsOnFreePorts();
    const path = file();
    const first = await embeddedPorts(settings, path);
    expect(await embeddedPorts(settings, path)).toEqual(first);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ...settings.ports, ...first });
  });

  it('are others when somebody else has taken them', async () => {
    const settings = await settingsOnFreePorts();
    const path = file();
    const first = await embeddedPorts(settings, path);
    await occupy(first.nats);
    const second = await embeddedPorts(settings, path);
    expect(second.postgres).toBe(first.postgres);
    expect(second.nats).not.toBe(first.nats);
  });

  it('are those of the variables', async () => {
    const settings = await settingsOnFreePorts({ VIGIL_NATS_PORT: '7777' });
    expect((await embeddedPorts(settings, file())).nats).toBe(7777);
  });

  it('forget a file that cannot be read', async () => {
    const path = file();
    writeFileSync(path, 'torn');
    const ports = await embeddedPorts(await settingsOnFreePorts(), path);
    expect(ports.postgres).not.toBe(ports.nats);
  });
});
