import fc from 'fast-check';
import type { Port } from '../service.js';
import { authoredPort, formatPort } from './port.js';

const read = (text: string | number) => authoredPort().safeParse(text).data;

describe('a port', () => {
  it.each<[string | number, Port]>([
    [80, { port: 80 }],
    ['80', { port: 80 }],
    ['80/TCP', { port: 80 }],
    ['8080:80', { port: 80, hostPort: 8080 }],
    ['53:53/udp', { port: 53, hostPort: 53, protocol: 'udp' }],
    ['127.0.0.1:8080:80', { port: 80, hostPort: 8080, hostAddress: '127.0.0.1' }],
    ['127.0.0.1::80', { port: 80, hostAddress: '127.0.0.1' }],
    ['[FE80::1]:53:53/udp', { port: 53, hostPort: 53, protocol: 'udp', hostAddress: 'fe80::1' }],
    ['0.0.0.0:8080:80', { port: 80, hostPort: 8080 }],
    ['[::]:8080:80', { port: 80, hostPort: 8080 }],
  ])('%s', (text, port) => {
    expect(read(text)).toEqual(port);
  });

  it.each([
    '',
    ':80',
    '0',
    '65536',
    '1:65536',
    '80/sctp',
    '127.0.0.1:80',
    '127.0.0.256:80:80',
    '::1:80:80',
    '[1::2::3]:80:80',
    '[1.2.3]:80:80',
    '[.]:80:80',
    'host:80:80',
    '80-81',
  ])('is not %j', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('is read as it was written', () => {
    const number = fc.integer({ min: 1, max: 65_535 });
    const address = fc.constantFrom('10.0.0.1', '127.0.0.1', '::1', 'fe80::1');
    fc.assert(
      fc.property(
        number,
        fc.option(number, { nil: undefined }),
        fc.option(address, { nil: undefined }),
        fc.boolean(),
        (port, hostPort, hostAddress, isUdp) => {
          const written: Port = {
            port,
            ...(hostPort === undefined ? {} : { hostPort }),
            ...(isUdp ? { protocol: 'udp' } : {}),
            ...(hostAddress === undefined ? {} : { hostAddress }),
          };
          expect(read(formatPort(written))).toEqual(written);
        },
      ),
    );
  });
});
