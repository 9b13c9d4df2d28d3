import { jest } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { readFileSync, writeFileSync, cpSync } from 'node:fs';
import { web } from './world/manifests.js';
import { World } from './world/world.js';

jest.setTimeout(300_000);
it('repro', async () => {
  const world = await World.start({ manifests: { 'web.yaml': web({ replicas: 2 }) } });
  try {
    await world.expectRunning('web', 2);
    for (let i = 0; i < 3; i++) await world.launcher.killPart('collector').isBack();
    await world.expectRunning('web', 2, 60_000);
    const at = Date.now();
    const pid = await world.kill('web', 0);
    await pause(50);
    await world.launcher.killPart('collector').isBack();
    const back = Date.now();
    console.log('back after', back - at);
    await world.expectReplaced('web', pid, 0, 60_000);
    console.log('replaced after back', Date.now() - back, new Date(at).toISOString());
  } finally {
    const a = await world.api.get('/actions?limit=10');
    const ids = (a.body as any).items.slice(0, 3);
    for (const x of ids) writeFileSync(`/tmp/repro-${ids.indexOf(x)}.json`, JSON.stringify((await world.api.get('/actions/' + encodeURIComponent(x.id))).body, null, 1));
    writeFileSync('/tmp/repro-explain.txt', (await world.vigilctl('explain', 'shop/web')).stdout);
    cpSync(world.home + '/logs', '/tmp/repro-logs', { recursive: true });
    await world.stop();
  }
});
