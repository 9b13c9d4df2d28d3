import type { HealthCheck, Service, ServiceSpec } from '@vigil/manifests';

/** A small HTTP server: answers on PORT, and hangs, dies or ignores signals when it is told to. */
export const WEB_SERVER = `
const http = require('node:http');
process.on('SIGTERM', () => { if (process.env.STUBBORN !== '1') process.exit(0); });
http.createServer((request, response) => {
  if (request.url === '/die') process.exit(7);
  response.end(JSON.stringify({ pid: process.pid, env: process.env }));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

/** A manifest of runtime `process`, complete with defaults; parts can be replaced. */
export function processService(name: string, spec: Partial<ServiceSpec> = {}): Service {
  return {
    apiVersion: 'vigil.io/v1',
    kind: 'Service',
    metadata: { name, namespace: 'test', labels: {} },
    spec: {
      runtime: 'process',
      replicas: 1,
      command: [process.execPath, '-e', WEB_SERVER],
      env: {},
      ports: [{ port: 80 }],
      volumes: [],
      stopGracePeriodMs: 2_000,
      dependsOn: [],
      remediation: {
        restartThreshold: 3,
        cooldownPeriodMs: 300_000,
        maxUnavailable: 1,
        killAfterMs: 200,
        stableAfterMs: 30_000,
        maxRestarts: 5,
      },
      drift: { ignore: [] },
      prune: false,
      ...spec,
    },
  };
}

/** An HTTP check of the first port, quick enough for tests. */
export function httpCheck(timing: Partial<HealthCheck> = {}): HealthCheck {
  const check = {
    kind: 'http',
    endpoint: '/',
    port: 80,
    intervalMs: 200,
    timeoutMs: 300,
    retryIntervalMs: 100,
    failureThreshold: 3,
    startPeriodMs: 10_000,
  } as const;
  return Object.assign(check, timing);
}
