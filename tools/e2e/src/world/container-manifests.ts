export interface WebContainerOptions {
  readonly name?: string;
  readonly image?: string;
  readonly replicas?: number;
  readonly mode?: string;
  /** Further lines of the spec, indented by two. */
  readonly extra?: string;
  readonly ports?: string;
  readonly remediation?: string;
}

/** A web service of the testkit's images in the namespace `shop`, with a fast health check. */
export function webContainer(options: WebContainerOptions = {}): string {
  const { name = 'web', image = 'web:1', replicas = 1, mode = 'live', ports = '80' } = options;
  const { extra = '', remediation = '{ stableAfter: 100ms, cooldownPeriod: 2s }' } = options;
  return `apiVersion: vigil.io/v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  runtime: docker
  image: ${image}
  replicas: ${String(replicas)}
  env: { MODE: ${mode} }
  ports: ["${ports}"]
  healthCheck: { endpoint: /health, port: 80, interval: 1s, timeout: 500ms, startPeriod: 10s }
  remediation: ${remediation}
${extra}`;
}
