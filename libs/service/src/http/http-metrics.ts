import type { FastifyInstance } from 'fastify';
import { DURATION_BUCKETS_SECONDS, type Metrics } from '../metrics/metrics.js';

/** Measures every request by the pattern of its route, never by its path: labels have to be few. */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram({
    name: 'vigil_http_request_seconds',
    help: 'Time to answer, by method, route and status.',
    labels: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const status = String(reply.statusCode);
    seconds.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
    done();
  });
}
