import { hasSecretWord, secretNames } from './in-clear.js';

describe('what looks like a secret', () => {
  it('is a label or an option by its name, or by a password in a URL', () => {
    const pairs = {
      token: 'x',
      'org.example.api-key': 'x',
      'splunk-token': 'x',
      upstream: 'redis://:x@cache:6379',
      password: '',
      'traefik.http.services.web.loadbalancer.passhostheader': 'true',
      source: 'https://example.org/a:b@c',
      tokens: '7',
    };
    expect(secretNames(pairs)).toEqual([
      'token',
      'org.example.api-key',
      'splunk-token',
      'upstream',
    ]);
  });

  it.each([
    [['redis-server', '--requirepass=x', '--token=x']],
    [['app', '--api-key', 'x']],
    [['sh', '-c', 'PASSWORD=x exec app']],
    [['app', 'postgres://app:x@db/app']],
    [['sh', '-c', 'exec redis-server --requirepass x']],
  ])('is in the command %j', (words) => {
    expect(hasSecretWord(words)).toBe(true);
  });

  it.each([
    [['sh', '-c', 'redis-cli -a "$REDIS_PASSWORD" ping']],
    [['sh', '-c', 'PASSWORD=$X PASSWORD="$Y" exec app']],
    [['app', '--token', '$TOKEN']],
    [['sh', '-c', 'exec app --token "$TOKEN" --password']],
    [['app', '--token-file=/run/token', 'http://db:80/a@b']],
    [['compass', 'passage']],
  ])('is not in the command %j', (words) => {
    expect(hasSecretWord(words)).toBe(false);
  });
});
