import { STREAMS } from '@vigil/contracts';
import { SilentLog } from '@vigil/service';
import { eventually, startNats, type TestNats } from '@vigil/testkit';
import { rmSync } from 'node:fs';
import { NatsUnavailable } from '../errors.js';
import { NatsConnection } from './nats-connection.js';

const forever = new AbortController().signal;

function connectionTo(url: string): NatsConnection {
  const connection = new NatsConnection({ url, name: 'test' }, new SilentLog());
  connection.start();
  return connection;
}

describe('the connection to NATS', () => {
  let nats: TestNats;
  let connection: NatsConnection;

  beforeEach(async () => {
    nats = await startNats({ credentials: { user: 'vigil', password: 'p@ss:word' } });
  });
  afterEach(async () => {
    await connection.close();
    await nats.stop();
  });

  const natsUrl = (user: string, password: string) =>
    `nats://${user}:${encodeURIComponent(password)}@127.0.0.1:${nats.port}`;

  it('waits in the background for a server that is not there yet', async () => {
    await nats.stop();
    connection = connectionTo(natsUrl('vigil', 'p@ss:word'));
    expect(connection.status().state).toBe('connecting');
    expect(() => connection.require()).toThrow(NatsUnavailable);
    await nats.restart();
    const { manager } = await connection.session(forever);
    expect(connection.status()).toEqual({ state: 'up', server: `127.0.0.1:${nats.port}` });
    expect((await manager.streams.info('ACTION_LOG')).config.subjects).toEqual([
      ...STREAMS.ACTION_LOG.subjects,
    ]);
    expect((await manager.streams.info('KV_action_locks')).config.max_age).toBe(10e9);
  });

  it('goes on trying with wrong credentials, and never shows them', async () => {
    connection = connectionTo(natsUrl('vigil', 'wrong-secret'));
    const { detail } = await eventually(() => {
      const status = connection.status();
      return status.detail !== undefined && status;
    });
    expect(detail).toMatch(/authorization/i);
    expect(JSON.stringify(connection.status())).not.toContain('wrong-secret');
  });

  it('says when the server goes and comes back, with a session for each', async () => {
    connection = connectionTo(natsUrl('vigil', 'p@ss:word'));
    const first = await connection.session(forever);
    const seen: string[] = [];
    connection.onDown(() => seen.push('down'));
    connection.onUp(() => seen.push('up'));
    await nats.kill();
    await eventually(() => first.ended.aborted);
    expect(connection.status().state).toBe('down');
    await nats.restart();
    const second = await connection.session(forever);
    expect(second).not.toBe(first);
    expect(second.ended.aborted).toBe(false);
    expect(seen).toEqual(['up', 'down', 'up']);
  });

  it('makes the streams again on a server that lost its data', async () => {
    connection = connectionTo(natsUrl('vigil', 'p@ss:word'));
    await connection.session(forever);
    await nats.stop();
    await eventually(() => connection.status().state === 'down');
    rmSync(nats.storeDirectory, { recursive: true });
    await nats.restart();
    const { manager } = await connection.session(forever);
    for (const name of Object.keys(STREAMS)) {
      expect((await manager.streams.info(name)).state.messages).toBe(0);
    }
  });

  it('changes a stream that an older version made differently, and leaves its replicas alone', async () => {
    connection = connectionTo(natsUrl('vigil', 'p@ss:word'));
    const { manager } = await connection.session(forever);
    await manager.streams.update('EVENTS', { max_age: 3600e9, subjects: ['vigil.drift.>'] });
    const other = connectionTo(natsUrl('vigil', 'p@ss:word'));
    await other.session(forever);
    const { config } = await manager.streams.info('EVENTS');
    expect(config.subjects).toEqual([...STREAMS.EVENTS.subjects]);
    expect(config.max_age).toBe(STREAMS.EVENTS.maxAgeMs * 1e6);
    await other.close();
  });

  it('lets several processes make the streams at the same time', async () => {
    const many = Array.from({ length: 5 }, () => connectionTo(natsUrl('vigil', 'p@ss:word')));
    connection = connectionTo(natsUrl('vigil', 'p@ss:word'));
    await Promise.all([connection, ...many].map((one) => one.session(forever)));
    expect(many.map((one) => one.status().state)).toEqual(['up', 'up', 'up', 'up', 'up']);
    await Promise.all(many.map((one) => one.close()));
  });

  it('can be closed while it connects', async () => {
    connection = connectionTo(natsUrl('vigil', 'p@ss:word'));
    await connection.close();
    expect(connection.status().state).toBe('closed');
  });

  it('can be closed before it was ever up', async () => {
    await nats.stop();
    connection = connectionTo(natsUrl('vigil', 'p@ss:word'));
    const waiting = expect(connection.session(forever)).rejects.toBeInstanceOf(NatsUnavailable);
    await connection.close();
    await waiting;
    expect(connection.status().state).toBe('closed');
  });
});
