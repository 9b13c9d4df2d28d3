import type { DescribedContainer, HostDescription } from '@vigil/contracts';
import { fitted } from './fitted.js';

function container(name: string, labelBytes: number): DescribedContainer {
  return {
    config: {
      command: [],
      env: {},
      ports: [],
      container: {
        id: name,
        name,
        image: { reference: 'web:1', id: 'sha256:1', currentId: 'sha256:1', repoDigests: [] },
        entrypoint: [],
        mounts: [],
        networks: [],
        labels: { large: 'x'.repeat(labelBytes) },
        capabilities: { add: [], drop: [] },
        readOnly: false,
        logging: { driver: 'json-file', options: {} },
        resources: {},
        restartPolicy: 'always',
      },
    },
    inherited: [],
    digests: {},
    unsayable: [],
  };
}
const description = (containers: DescribedContainer[]): HostDescription => ({
  containers,
  refused: [],
  omitted: [],
});

const KIB = 1024;

describe('fitted', () => {
  it('gives as many as one message takes, by name, and names the rest', () => {
    const names = ['d', 'b', 'a', 'c'];
    const result = fitted(description(names.map((name) => container(name, 250 * KIB))));
    expect(result.containers.map(({ config }) => config.container.name)).toEqual(['a', 'b']);
    expect(result.omitted).toEqual(['c', 'd']);
  });

  it('names a thousand, too', () => {
    const many = Array.from({ length: 1_100 }, (_, at) => container(`container-${at}`, 6 * KIB));
    const { containers, omitted } = fitted(description(many));
    expect(containers.length + omitted.length).toBe(1_100);
  });

  it('refuses what would never fit', () => {
    const result = fitted(description([container('huge', 700 * KIB), container('small', 1)]));
    expect(result.containers).toHaveLength(1);
    expect(result.refused).toEqual([{ name: 'huge', why: 'there is too much to be told of it' }]);
    expect(result.omitted).toEqual([]);
  });

  it('fits into one message of NATS, however many there are', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => container(`c${index}`, 10 * KIB));
    const refused = Array.from({ length: 2_000 }, () => ({
      name: 'n'.repeat(300),
      why: 'w'.repeat(3_000),
    }));
    const result = fitted({ ...description(many), refused });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(KIB * KIB - 4 * KIB);
  });
});
