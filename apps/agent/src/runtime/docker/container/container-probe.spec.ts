import { InspectedContainer } from '../engine/engine-answers.js';
import { reach } from './container-probe.js';

function container(ports: object, networks: object, mode = 'default') {
  return InspectedContainer.parse({
    Id: 'a',
    State: {},
    Config: {},
    HostConfig: { NetworkMode: mode },
    NetworkSettings: { Ports: ports, Networks: networks },
  });
}
const bound = (hostIp: string) => ({ '80/tcp': [{ HostIp: hostIp, HostPort: '8080' }] });
const bridge = { bridge: { IPAddress: '172.17.0.2' } };

describe('reach', () => {
  it.each([
    ['a published port', bound('0.0.0.0'), bridge, { port: 8080 }],
    [
      'one that is published on one address',
      bound('10.0.0.1'),
      bridge,
      { port: 8080, address: '10.0.0.1' },
    ],
    ['one that is not published', { '80/tcp': null }, bridge, { port: 80, address: '172.17.0.2' }],
    [
      'an address of version 6',
      {},
      { v6: { IPAddress: '', GlobalIPv6Address: 'fd00::2' } },
      { port: 80, address: 'fd00::2' },
    ],
    ['no address at all', {}, { none: { IPAddress: '' } }, undefined],
    [
      'another protocol',
      { '80/udp': [{ HostIp: '', HostPort: '1' }] },
      bridge,
      { port: 80, address: '172.17.0.2' },
    ],
  ])('%s', (_case, ports, networks, expected) => {
    expect(reach(container(ports, networks), 80)).toEqual(expected);
  });

  it('the host’s own network', () => {
    expect(reach(container({}, { host: { IPAddress: '' } }, 'host'), 80)).toEqual({ port: 80 });
  });
});
