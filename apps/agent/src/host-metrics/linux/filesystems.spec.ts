import { Filesystems } from './filesystems.js';

const mount = (mountpoint: string, fstype = 'nfs4') => ({ mountpoint, fstype, device: 'server:/' });
const sizes = { blocks: 100, bfree: 40, bavail: 30, bsize: 10 };
const readable = ({ mountpoint }: { readonly mountpoint: string }) => mountpoint;

describe('Filesystems', () => {
  it('tells sizes in bytes', async () => {
    const filesystems = new Filesystems(() => Promise.resolve(sizes));
    expect(await filesystems.read([mount('/data')])).toEqual([
      { ...mount('/data'), totalBytes: 1_000, usedBytes: 600, availableBytes: 300 },
    ]);
  });

  it('asks nothing more while one that hangs has not answered, and goes on with the others', async () => {
    const asked: string[] = [];
    let answer: (value: typeof sizes) => void = () => undefined;
    const filesystems = new Filesystems((mountpoint) => {
      asked.push(mountpoint);
      return mountpoint === '/hung'
        ? new Promise((resolve) => (answer = resolve))
        : Promise.resolve(sizes);
    }, 1);
    const mounts = [mount('/', 'ext4'), mount('/good'), mount('/hung'), mount('/behind')];
    expect((await filesystems.read(mounts)).map(readable)).toEqual(['/', '/good']);
    expect((await filesystems.read(mounts)).map(readable)).toEqual(['/']);
    expect(asked).toEqual(['/good', '/hung']);
    answer(sizes);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual(['/good', '/hung', '/behind']);
    expect((await filesystems.read(mounts)).map(readable)).toEqual(['/', '/good']);
  });

  it('leaves out what cannot be asked, and what has no size', async () => {
    const filesystems = new Filesystems((mountpoint) =>
      mountpoint === '/gone'
        ? Promise.reject(new Error('EIO'))
        : Promise.resolve({ ...sizes, blocks: 0 }),
    );
    expect(await filesystems.read([mount('/gone'), mount('/empty')])).toEqual([]);
  });
});
