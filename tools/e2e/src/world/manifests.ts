/**
 * A small HTTP server in one line: answers with its pid, on the port that it was assigned. It notes
 * its start in the file of STARTS.
 */
const SERVER =
  "process.env.STARTS && require('node:fs').appendFileSync(process.env.STARTS, process.pid + ' '); require('node:http').createServer((_, r) => r.end(process.env.MODE + ' ' + process.pid)).listen(process.env.PORT, '127.0.0.1')";

export interface WebOptions {
  readonly name?: string;
  readonly replicas?: number | string;
  readonly mode?: string;
  /** A file to which each process adds its pid when it starts. */
  readonly starts?: string;
  /** Stands on the command line of each process, to find them on the machine. */
  readonly marker?: string;
  /** Further lines of the spec, indented by two. */
  readonly extra?: string;
  readonly check?: string;
  readonly remediation?: string;
}

/** A web service in the namespace `shop` with a fast health check. */
export function web(options: WebOptions = {}): string {
  const { name = 'web', replicas = 1, mode = 'live', extra = '', marker = name } = options;
  const {
    starts,
    check = '{ endpoint: /health, port: 80, interval: 1s, timeout: 500ms, startPeriod: 10s }',
    remediation = '{ stableAfter: 500ms, cooldownPeriod: 2s }',
  } = options;
  return `apiVersion: vigil.io/v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  runtime: process
  replicas: ${String(replicas)}
  command: [node, -e, "${SERVER}", ${marker}]
  env: { MODE: ${mode}${starts === undefined ? '' : `, STARTS: ${starts}`} }
  ports: ["80"]
  healthCheck: ${check}
  remediation: ${remediation}
${extra}`;
}
