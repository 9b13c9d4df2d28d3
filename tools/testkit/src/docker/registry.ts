import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { chooseFreePort } from '@vigil/embedded';
import { gzipSync } from 'node:zlib';
import { digestOf, type TestImage } from './test-image.js';

export interface RegistryOptions {
  /** Without them everybody may pull. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Awaited before each answer: a registry may be slow. */
  readonly beforeAnswer?: () => Promise<void>;
}

/** A registry on 127.0.0.1, which engines may use without TLS. */
export interface TestRegistry {
  /** `127.0.0.1:<port>`, the first part of a reference. */
  readonly address: string;
  /** Offers the image under `<name>:<tag>`; its full reference, and the digest of its manifest. */
  push(
    image: TestImage,
    nameAndTag: string,
  ): { readonly reference: string; readonly digest: string };
  /** How often a manifest was asked for by who may. */
  readonly pulls: number;
  /** The text of Docker's `config.json` with the credentials. */
  readonly dockerConfig: string;
  stop(): Promise<void>;
}

interface Content {
  readonly type: string;
  readonly bytes: Buffer;
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

/** Serves what engines need for a pull: the distribution protocol, version 2, read only. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const contents = new Map<string, Content>();
  let pulls = 0;
  const server = createServer((request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    if (!mayPull(request, options)) {
      refuse(response, 401, 'UNAUTHORIZED');
      return;
    }
    const path = new URL(request.url ?? '/', 'http://registry').pathname;
    const content = path === '/v2/' ? EMPTY : contents.get(path);
    if (content === undefined) {
      refuse(response, 404, path.includes('/manifests/') ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN');
      return;
    }
    if (content.type === MANIFEST && request.method === 'GET') pulls += 1;
    void (options.beforeAnswer?.() ?? Promise.resolve()).then(() => {
      answer(request, response, content);
    });
  });
  const port = await chooseFreePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${String(port)}`;
  return {
    address,
    get pulls() {
      return pulls;
    },
    dockerConfig: JSON.stringify({ auths: { [address]: { auth: basic(options) } } }),
    push: (image, nameAndTag) => {
      const [name = '', tag = 'latest'] = nameAndTag.split(':');
      const manifest = offer(contents, name, image);
      const digest = digestOf(manifest.bytes);
      for (const each of [tag, digest]) contents.set(`/v2/${name}/manifests/${each}`, manifest);
      return { reference: `${address}/${name}:${tag}`, digest };
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const EMPTY: Content = { type: 'application/json', bytes: Buffer.from('{}') };

function offer(contents: Map<string, Content>, name: string, image: TestImage): Content {
  const layer = gzipSync(image.layer, { level: 1 });
  const layerDigest = digestOf(layer);
  contents.set(`/v2/${name}/blobs/${image.id}`, { type: CONFIG, bytes: image.config });
  contents.set(`/v2/${name}/blobs/${layerDigest}`, { type: LAYER, bytes: layer });
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, size: image.config.length, digest: image.id },
    layers: [{ mediaType: LAYER, size: layer.length, digest: layerDigest }],
  };
  return { type: MANIFEST, bytes: Buffer.from(JSON.stringify(manifest)) };
}

function mayPull(request: IncomingMessage, options: RegistryOptions): boolean {
  return (
    options.credentials === undefined || request.headers.authorization === `Basic ${basic(options)}`
  );
}

function basic({ credentials }: RegistryOptions): string {
  const { user, password } = credentials ?? { user: '', password: randomBytes(8).toString('hex') };
  return Buffer.from(`${user}:${password}`).toString('base64');
}

function refuse(response: ServerResponse, status: number, code: string): void {
  if (status === 401) response.setHeader('www-authenticate', 'Basic realm="test"');
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}

function answer(request: IncomingMessage, response: ServerResponse, content: Content): void {
  response.writeHead(200, {
    'content-type': content.type,
    'content-length': content.bytes.length,
    'docker-content-digest': digestOf(content.bytes),
  });
  response.end(request.method === 'HEAD' ? undefined : content.bytes);
}
