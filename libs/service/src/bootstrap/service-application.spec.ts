import { Body, Controller, Get, Module, Post, type OnModuleInit } from '@nestjs/common';
import { freePort } from '@vigil/testkit';
import { z } from 'zod';
import { VigilError } from '../errors/vigil-error.js';
import { HealthRegistry } from '../health/health-registry.js';
import { parseInput } from '../http/problem.js';
import { SilentLog } from '../logging/log.js';
import { startServiceApplication, type RunningService } from './service-application.js';

class StoreAway extends VigilError {
  readonly code = 'test.store_away';
  readonly disposition = 'retry';
}

const Order = z.object({ items: z.array(z.object({ count: z.number() })) });

@Controller('orders')
class Orders {
  constructor(private readonly health: HealthRegistry) {}

  @Post()
  create(@Body() body: unknown): { items: number } {
    return { items: parseInput(Order, body, 'body').items.length };
  }

  @Get('away')
  away(): never {
    throw new StoreAway('the store is away');
  }

  @Get('bug')
  bug(): never {
    throw new TypeError('secret detail');
  }

  @Get(':id')
  one(): { uptime: number } {
    return { uptime: this.health.uptimeSeconds() };
  }
}

@Module({ controllers: [Orders] })
class OrdersModule {}

describe('a service', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startServiceApplication({
      name: 'orders',
      module: OrdersModule,
      log: new SilentLog(),
      bind: '127.0.0.1',
      port: 0,
      metricsAccess: { kind: 'loopback' },
      bodyLimit: 1000,
    });
  });
  afterAll(() => service.stop());

  const call = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);
  const json = (body: string): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });

  it.each([
    ['nothing there', '/nowhere', {}, 404],
    ['a broken path', '/orders/%', {}, 400],
    ['wrong method', '/orders/1', { method: 'DELETE' }, 405],
    ['not JSON', '/orders', json('{"items": ['), 400],
    ['empty body', '/orders', json(''), 400],
    ['wrong shape', '/orders', json('{"items": [{"count": "x"}]}'), 400],
    ['too large', '/orders', json(JSON.stringify('x'.repeat(2000))), 413],
    [
      'unknown media type',
      '/orders',
      { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a' },
      415,
    ],
    ['a dependency that is away', '/orders/away', {}, 503],
    ['a bug', '/orders/bug', {}, 500],
  ])('answers %s with a problem', async (_name, path, init, status) => {
    const response = await call(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const body: unknown = await response.json();
    expect(body).toMatchObject({ status, instance: path });
  });

  it('names what is wrong in the input', async () => {
    const response = await call('/orders', json('{"items": [{"count": "x"}]}'));
    expect(await response.json()).toMatchObject({ errors: [{ path: 'body.items[0].count' }] });
  });

  it('says which methods a path answers', async () => {
    const response = await call('/orders/1', { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it('tells nobody outside what the bug was', async () => {
    expect(await (await call('/orders/bug')).text()).not.toContain('secret detail');
  });

  it('answers probes and metrics', async () => {
    expect(await (await call('/health/live')).json()).toEqual({ status: 'ok' });
    expect((await call('/health/ready')).status).toBe(200);
    expect(await (await call('/health')).json()).toMatchObject({ status: 'ok', components: {} });
    const metrics = await (await call('/metrics')).text();
    expect(metrics).toContain('process_resident_memory_bytes');
    expect(metrics).toContain('vigil_build_info{service="orders",version="0.1.0"} 1');
  });

  it('measures requests by route', async () => {
    await call('/orders/1');
    await call('/orders/2');
    const metrics = await (await call('/metrics')).text();
    expect(metrics).toMatch(
      /vigil_http_request_seconds_count\{method="GET",route="\/orders\/:id",status="200"\} [2-9]/,
    );
    expect(metrics).not.toContain('/orders/1');
  });

  it('takes parameters as long as the id of a resource may be', async () => {
    expect((await call(`/orders/${'%2F'.repeat(760)}`)).status).toBe(200);
  });

  it('takes over a correlation id, and makes one otherwise', async () => {
    const given = await call('/orders/1', { headers: { 'x-correlation-id': 'abc-1' } });
    expect(given.headers.get('x-correlation-id')).toBe('abc-1');
    const made = await call('/orders/1', { headers: { 'x-correlation-id': 'a b"c' } });
    expect(made.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

/** Something that a test waits for, and says when it has come. */
function occasion(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('the start of a service', () => {
  const options = {
    name: 'orders',
    log: new SilentLog(),
    bind: '127.0.0.1',
    port: 0,
    metricsAccess: { kind: 'loopback' },
  } as const;

  it('begins nothing when its port is taken', async () => {
    let began = 0;
    class Worker implements OnModuleInit {
      constructor() {
        began += 1;
      }
      onModuleInit(): void {
        began += 1;
      }
    }
    @Module({ providers: [Worker] })
    class WorkingModule {}

    const first = await startServiceApplication({ ...options, module: WorkingModule });
    try {
      expect(began).toBe(2);
      const port = Number(new URL(first.url).port);
      await expect(
        startServiceApplication({ ...options, module: WorkingModule, port }),
      ).rejects.toMatchObject({ code: 'EADDRINUSE' });
      expect(began).toBe(2);
    } finally {
      await first.stop();
    }
  });

  it('is not ready, and answers nothing else, before its parts have begun', async () => {
    const { promise: mayBegin, resolve: begin } = occasion();
    const { promise: beginning, resolve: isBeginning } = occasion();
    const port = await freePort();
    const starting = startServiceApplication({
      ...options,
      port,
      module: OrdersModule,
      configure: async () => {
        isBeginning();
        await mayBegin;
      },
    });
    await beginning;
    const url = `http://127.0.0.1:${port}`;
    const statuses = async () =>
      Promise.all(
        ['/health/ready', '/orders/1'].map(async (path) => (await fetch(`${url}${path}`)).status),
      );
    expect(await statuses()).toEqual([503, 503]);
    begin();
    const service = await starting;
    try {
      expect(await statuses()).toEqual([200, 200]);
    } finally {
      await service.stop();
    }
  });

  it('gives its port back when it cannot go on', async () => {
    const port = await freePort();
    const failing = { ...options, port, module: OrdersModule };
    const failure = new Error('no database');
    await expect(
      startServiceApplication({ ...failing, configure: () => Promise.reject(failure) }),
    ).rejects.toBe(failure);
    const service = await startServiceApplication(failing);
    await service.stop();
  });

  it('finishes a request that is being answered before it ends', async () => {
    const { promise: asked, resolve: isAsked } = occasion();
    const { promise: mayAnswer, resolve: answer } = occasion();
    @Controller('slow')
    class Slow {
      @Get()
      async slow(): Promise<{ done: true }> {
        isAsked();
        await mayAnswer;
        return { done: true };
      }
    }
    @Module({ controllers: [Slow] })
    class SlowModule {}

    const service = await startServiceApplication({ ...options, module: SlowModule });
    const response = fetch(`${service.url}/slow`);
    await asked;
    const stopped = service.stop();
    answer();
    expect(await (await response).json()).toEqual({ done: true });
    await stopped;
    await expect(fetch(`${service.url}/slow`)).rejects.toThrow();
  });
});
