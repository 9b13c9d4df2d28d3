import { isAtLeast } from './nats-binary.js';
import { renderNatsConfig, type NatsSettings } from './nats-config.js';

const SETTINGS: NatsSettings = {
  serverName: 'vigil-1',
  port: 4222,
  storeDirectory: '/var/with "quotes"',
  version: [2, 9, 10],
};

describe('renderNatsConfig', () => {
  it('binds to this machine alone', () => {
    expect(renderNatsConfig(SETTINGS)).toContain('host: "127.0.0.1"\nport: 4222\n');
  });

  it('quotes what it is given', () => {
    expect(renderNatsConfig(SETTINGS)).toContain(String.raw`store_dir: "/var/with \"quotes\""`);
  });

  it('asks for a password only when there is one', () => {
    expect(renderNatsConfig(SETTINGS)).not.toContain('authorization');
    const credentials = { user: 'vigil', password: 'secret' };
    expect(renderNatsConfig({ ...SETTINGS, credentials })).toMatch(
      /authorization {\n {2}user: "vigil"\n {2}password: "secret"\n}/,
    );
  });

  it('syncs often where the server has the setting', () => {
    expect(renderNatsConfig(SETTINGS)).not.toContain('sync_interval');
    expect(renderNatsConfig({ ...SETTINGS, version: [2, 10, 0] })).toContain('sync_interval: "1s"');
  });
});

describe('isAtLeast', () => {
  it.each([
    [[2, 9, 10], [2, 9, 0], true],
    [[2, 9, 0], [2, 9, 0], true],
    [[2, 8, 99], [2, 9, 0], false],
    [[3, 0, 0], [2, 9, 5], true],
    [[1, 10, 10], [2, 9, 0], false],
  ] as const)('%j, %j: %j', (version, wanted, expected) => {
    expect(isAtLeast(version, wanted)).toBe(expected);
  });
});
