import { ServicesBucket, serviceKey, type ServiceHeartbeat } from '@vigil/contracts';
import { HealthRegistry, type ComponentHealth, type RunningService } from '@vigil/service';
import { eventually, startNats } from '@vigil/testkit';
import { startHandlerService } from '../testing/handler-service.js';
import { MessagingRig } from '../testing/messaging-rig.js';

class NothingToHandle {}

describe('the heartbeat of a service', () => {
  let rig: MessagingRig;
  let service: RunningService;

  beforeAll(async () => {
    rig = await MessagingRig.on(await startNats());
    service = await startHandlerService(rig.nats.url, NothingToHandle, 'quiet');
  });
  afterAll(async () => {
    await service.stop();
    await rig.stop();
  });

  const heartbeatLike = (matches: (beat: ServiceHeartbeat) => boolean) =>
    eventually(async () => {
      const entry = await rig.buckets.open(ServicesBucket).keys('service').get(serviceKey('quiet'));
      return entry !== undefined && matches(entry.value) && entry.value;
    });

  it('is written as soon as NATS is there', async () => {
    expect(await heartbeatLike(({ status }) => status === 'ok')).toMatchObject({
      service: 'quiet',
      version: '0.1.0',
    });
  });

  it('tells of a change before it is due', async () => {
    const { beat } = await heartbeatLike(() => true);
    let database: ComponentHealth = { status: 'down', detail: 'refused' };
    service.app.get(HealthRegistry).register('postgres', () => database);
    const worse = await heartbeatLike(({ status }) => status === 'degraded');
    expect(worse.detail).toBe('postgres: refused');
    expect(worse.beat).toBeGreaterThan(beat);
    database = { status: 'ok' };
    await heartbeatLike(({ status, detail }) => status === 'ok' && detail === undefined);
  });

  it('is written again on a server that lost its data', async () => {
    await rig.restartNats({ losingItsData: true });
    await heartbeatLike(({ status }) => status === 'ok');
  });
});
