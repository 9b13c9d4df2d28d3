import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { startNats, type TestNats } from './nats.js';

describe('startNats', () => {
  let nats: TestNats;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats.stop());

  async function withConnection<T>(
    use: (connection: Awaited<ReturnType<typeof connect>>) => Promise<T>,
  ): Promise<T> {
    const connection = await connect({ servers: nats.url });
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  it('keeps acknowledged messages over a crash and comes back on the same port', async () => {
    await withConnection(async (connection) => {
      const manager = await jetstreamManager(connection);
      await manager.streams.add({ name: 'KEPT', subjects: ['kept'] });
      await jetstream(connection).publish('kept', 'hello');
    });
    await nats.kill();
    await expect(connect({ servers: nats.url, reconnect: false })).rejects.toThrow();
    await nats.restart();
    const kept = await withConnection(async (connection) => {
      const manager = await jetstreamManager(connection);
      return (await manager.streams.info('KEPT')).state.messages;
    });
    expect(kept).toBe(1);
  });

  it('refuses who does not know the password, when there is one', async () => {
    const guarded = await startNats({ credentials: { user: 'vigil', password: 'it"s \\ 5ecret' } });
    try {
      const anonymous = `nats://127.0.0.1:${String(guarded.port)}`;
      await expect(connect({ servers: anonymous, reconnect: false })).rejects.toThrow();
      const known = await connect({
        servers: anonymous,
        user: 'vigil',
        pass: 'it"s \\ 5ecret',
      });
      await known.close();
    } finally {
      await guarded.stop();
    }
  });
});
