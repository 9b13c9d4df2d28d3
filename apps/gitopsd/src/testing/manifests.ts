/** A small valid manifest. */
export function serviceManifest(name: string, replicas = 1): string {
  return `apiVersion: vigil.io/v1
kind: Service
metadata: { name: ${name} }
spec:
  runtime: process
  command: [sleep, "60"]
  replicas: ${replicas}
`;
}
