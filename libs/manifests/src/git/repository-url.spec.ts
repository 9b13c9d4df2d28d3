import fc from 'fast-check';
import { parseRepositoryUrl } from './repository-url.js';

describe('parseRepositoryUrl', () => {
  it.each([
    ['https://git.example.org/team/fleet.git', 'https', 'git.example.org'],
    ['https://git.example.org:8443/fleet', 'https', 'git.example.org:8443'],
    ['http://10.0.0.1/fleet.git', 'http', '10.0.0.1'],
    ['ssh://git@git.example.org:2222/team/fleet.git', 'ssh', 'git.example.org:2222'],
    ['ssh://git.example.org/fleet.git', 'ssh', 'git.example.org'],
    ['ssh://git@[2001:db8::1]:22/fleet.git', 'ssh', '[2001:db8::1]:22'],
    ['git@git.example.org:team/fleet.git', 'ssh', 'git.example.org'],
    ['git.example.org:fleet.git', 'ssh', 'git.example.org'],
    ['git://git.example.org/fleet.git', 'git', 'git.example.org'],
  ])('reads %s', (text, protocol, host) => {
    expect(parseRepositoryUrl(text)).toEqual({ text, protocol, host });
  });

  it.each([
    ['a path', '/srv/git/fleet.git'],
    ['a relative path', '../fleet.git'],
    ['a file URL', 'file:///srv/git/fleet.git'],
    ['a command', 'ext::sh -c id'],
    ['a command without spaces', 'ext::id'],
    ['a helper of git', 'fd::17/foo'],
    ['a helper before a URL', 'ext::https://git.example.org/fleet'],
    ['a token in the URL', 'https://user:token@git.example.org/fleet.git'],
    ['a user of HTTPS', 'https://token@git.example.org/fleet.git'],
    ['a password of SSH', 'ssh://git:secret@git.example.org/fleet.git'],
    ['a host that is an option of ssh', 'ssh://-oProxyCommand=id/fleet.git'],
    ['a host that is an option of ssh, in the short form', '-oProxyCommand=id:fleet.git'],
    ['a user that is an option of ssh', 'ssh://-l@git.example.org/fleet.git'],
    ['a path that is an option', 'git@git.example.org:--upload-pack=id'],
    ['a path that is an option, in a URL', 'ssh://git.example.org/--upload-pack=id'],
    ['an option', '--upload-pack=id'],
    ['a line break', 'https://git.example.org/fleet\nextra'],
    ['a query', 'https://git.example.org/fleet?service=x'],
    ['nothing after the host', 'https://git.example.org/'],
    ['a scheme that is not for repositories', 'ftp://git.example.org/fleet.git'],
    ['nothing', ''],
    ['more than anybody needs', `https://git.example.org/${'a'.repeat(2_048)}`],
  ])('refuses %s', (_name, text) => {
    expect(parseRepositoryUrl(text)).toBeUndefined();
  });

  it('never takes what git or ssh would read as an option or a command', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const url = parseRepositoryUrl(text);
        if (url === undefined) return;
        expect(url.text.startsWith('-')).toBe(false);
        expect(url.host.startsWith('-')).toBe(false);
        expect(url.text).not.toContain('::');
      }),
    );
  });
});
