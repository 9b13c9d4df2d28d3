import { findInPasswd, findUser } from './host-user.js';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nweb:x:1001:1002:Web,,,:/srv/web:/bin/false\n';

describe('findInPasswd', () => {
  it.each([
    ['web', { name: 'web', uid: 1001, gid: 1002, home: '/srv/web' }],
    ['1001', { name: 'web', uid: 1001, gid: 1002, home: '/srv/web' }],
    ['we', undefined],
    ['', undefined],
  ])('of %j', (user, entry) => {
    expect(findInPasswd(PASSWD, user)).toEqual(entry);
  });
});

describe('findUser', () => {
  it('is the agent itself when the manifest names nobody', () => {
    const found = findUser(undefined);
    expect(found).toMatchObject({ status: 'found' });
    expect(found.status === 'found' && found.user.ids).toBeUndefined();
  });

  it('needs no change for the agent’s own uid', () => {
    const found = findUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`);
    expect(found.status === 'found' && found.user.ids).toBeUndefined();
  });

  it.each(['no-such-user-here', 'root:no-such-group-here', '$(reboot)'])('refuses %s', (user) => {
    expect(findUser(user)).toMatchObject({ status: 'refused' });
  });
});
