import { pause } from '@vigil/service';
import { placeKey } from '../plan/replica-facts.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';
import { LiveObservation } from './live-observation.js';

describe('a look at a host that was begun ahead', () => {
  let world: RemediatorWorld;
  let looks: LiveObservation;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    const { app } = await world.remediator();
    looks = app.get(LiveObservation);
  }, 30_000);
  afterAll(() => world.stop());

  const idle = new AbortController().signal;
  const wanted = ({ resource }: Scenario) => ({ actionId: 'action', resource });

  /** The launch that a look shows. */
  async function launch(web: Scenario, signal = idle): Promise<string | undefined> {
    const seen = await looks.of(wanted(web), [web.host], signal);
    return seen.get(web.host)?.get(placeKey({ host: web.host, replica: 0 }))?.instance;
  }

  async function lookedAhead(): Promise<Scenario> {
    const web = new Scenario(world);
    await web.place({ instance: 'before' });
    looks.lookAhead(wanted(web), [web.host]);
    // what is asked later is answered later
    await looks.of({ ...wanted(web), actionId: 'other' }, [web.host], idle);
    await web.place({ instance: 'after' });
    return web;
  }

  it('counts once', async () => {
    const web = await lookedAhead();
    expect(await launch(web)).toBe('before');
    expect(await launch(web)).toBe('after');
  });

  it('is not acted on half a second later', async () => {
    const web = await lookedAhead();
    await pause(600);
    expect(await launch(web)).toBe('after');
  });

  it('is not waited for any more when the action is interrupted', async () => {
    const silent = new Scenario(world);
    await silent.agent.disconnect();
    looks.lookAhead(wanted(silent), [silent.host]);
    expect(await launch(silent, AbortSignal.abort())).toBeUndefined();
  });
});
