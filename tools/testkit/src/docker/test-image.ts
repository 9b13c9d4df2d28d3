import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { enginePrograms } from './programs.js';
import { tarOf } from './tar.js';

export interface TestImageOptions {
  /** Reference under which engines and registries know it, for example `web:1`. */
  readonly reference: string;
  /** First word of what it answers; also what makes one image differ from another. Default `1`. */
  readonly version?: string;
  /**
   * `serves` HTTP on port 80 (or that of `PORT`): `/` says `<version> <MODE> <hostname> <launch>`,
   * `/health` says `ok`;
   * `exits` at once with code 1; `never-answers`: runs, and nothing listens; `answers-late`: serves
   * after two seconds; `cannot-start`: engines refuse to start it. Default `serves`.
   */
  readonly behaviour?: TestImageBehaviour;
  /** Variables that the image itself brings along. */
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}
export type TestImageBehaviour =
  'serves' | 'exits' | 'never-answers' | 'answers-late' | 'cannot-start';

/** An image that is made in milliseconds, with the ids that any engine and registry give it. */
export interface TestImage {
  readonly reference: string;
  /** `sha256:…` of its configuration: what engines call the image's id. */
  readonly id: string;
  readonly config: Buffer;
  readonly layer: Buffer;
  readonly layerDigest: string;
}

const LINKS = ['sh', 'httpd', 'sleep', 'hostname', 'mkdir', 'cat', 'wget', 'nc', 'kill', 'env'];

/** `/dev/shm` can be written to also when the root of the container cannot. */
const SERVE = `mkdir -p /dev/shm/www
echo "$VERSION \${MODE:--} $(hostname) $(cat /proc/sys/kernel/random/uuid)" > /dev/shm/www/index.html
echo ok > /dev/shm/www/health
exec httpd -f -p "\${PORT:-80}" -h /dev/shm/www`;

const COMMANDS: Readonly<Record<TestImageBehaviour, readonly string[]>> = {
  serves: script(SERVE),
  exits: script('echo cannot start >&2; exit 1'),
  'never-answers': script('exec sleep 1000000'),
  'answers-late': script(`sleep 2\n${SERVE}`),
  'cannot-start': ['/bin/no-such-program'],
};

function script(text: string): readonly string[] {
  return ['/bin/sh', '-c', text];
}

/** Made of a statically linked busybox alone: no registry is asked. */
export function testImage(options: TestImageOptions): TestImage {
  const { reference, version = '1', behaviour = 'serves', env = {}, labels = {} } = options;
  const { layer, layerDigest } = rootLayer();
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '2020-01-01T00:00:00Z',
      config: {
        Env: Object.entries({ PATH: '/bin', VERSION: version, ...env }).map(
          ([name, value]) => `${name}=${value}`,
        ),
        Cmd: COMMANDS[behaviour],
        Labels: labels,
        // httpd and sleep have no handlers, so the first process of a container ignores SIGTERM there
        StopSignal: 'SIGKILL',
      },
      rootfs: { type: 'layers', diff_ids: [layerDigest] },
      history: [{ created: '2020-01-01T00:00:00Z', created_by: 'testkit' }],
    }),
  );
  return { reference, id: digestOf(config), config, layer, layerDigest };
}

/** The same image under another name, or a name that moves to this image. */
export function retagged(image: TestImage, reference: string): TestImage {
  return { ...image, reference };
}

/** What `docker load` takes. */
export function dockerArchive(image: TestImage): Buffer {
  const layer = `${hexOf(image.layerDigest)}/layer.tar`;
  const config = `${hexOf(image.id)}.json`;
  const manifest = JSON.stringify([
    { Config: config, RepoTags: [withTag(image.reference)], Layers: [layer] },
  ]);
  return tarOf([
    { path: 'manifest.json', content: manifest },
    { path: config, content: image.config },
    { path: `${hexOf(image.layerDigest)}/` },
    { path: layer, content: image.layer },
  ]);
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function withTag(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1).includes(':')
    ? reference
    : `${reference}:latest`;
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

let root: { readonly layer: Buffer; readonly layerDigest: string } | undefined;

function rootLayer(): { readonly layer: Buffer; readonly layerDigest: string } {
  if (root === undefined) {
    const layer = tarOf([
      ...['bin/', 'tmp/', 'etc/', 'data/'].map((path) => ({ path })),
      { path: 'etc/passwd', content: 'root:x:0:0::/:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n' },
      { path: 'etc/group', content: 'root:x:0:\nweb:x:1000:\n' },
      { path: 'bin/busybox', content: readFileSync(enginePrograms().busybox) },
      ...LINKS.map((name) => ({ path: `bin/${name}`, linkTo: 'busybox' })),
    ]);
    root = { layer, layerDigest: digestOf(layer) };
  }
  return root;
}
