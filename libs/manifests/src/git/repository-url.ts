/** Where a repository is fetched from, in the forms that git knows. */
export interface RepositoryUrl {
  /** As git is given it. */
  readonly text: string;
  /** The only protocol that git may use for it. */
  readonly protocol: 'https' | 'http' | 'ssh' | 'git';
  readonly host: string;
}

const MAX_LENGTH = 2_048;
/** What git, ssh and a log can take without a second look. */
const PRINTABLE = /^[!-~]+$/;
/** A name or an address, and a port. What begins with a dash would be an option of ssh. */
const HOST = /^(?!-)(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const USER = /^(?!-)[A-Za-z0-9._-]+$/;
/** `git@example.org:team/fleet.git` */
const SHORT_FORM = /^(?:([^@:/]+)@)?([^@:/]+):([^:].*)$/;
const LONG_FORM = /^(https|http|ssh|git):\/\/(?:([^@/]*)@)?([^/?#@]+)(\/[^?#]*)$/;

/** What is expected, as it goes on after "found …, expected". */
export const REPOSITORY_URL =
  'the URL of a repository: https://…, ssh://…, git@HOST:PATH or git://…';

/**
 * Undefined for everything else, with git's `ext::`, `file://` and paths, whose meaning depends on this
 * machine. A URL carries no password: it is shown to people.
 */
export function parseRepositoryUrl(text: string): RepositoryUrl | undefined {
  if (text.length > MAX_LENGTH || !PRINTABLE.test(text)) return undefined;
  return parseLongForm(text) ?? parseShortForm(text);
}

function parseLongForm(text: string): RepositoryUrl | undefined {
  const [, scheme, user, host = '', path = ''] = LONG_FORM.exec(text) ?? [];
  if (scheme === undefined || !HOST.test(host) || !isPath(path.slice(1))) return undefined;
  // only ssh has users that are no secret
  if (user !== undefined && (scheme !== 'ssh' || !USER.test(user))) return undefined;
  const protocol = PROTOCOLS.find((known) => known === scheme);
  return protocol === undefined ? undefined : { text, protocol, host };
}

function parseShortForm(text: string): RepositoryUrl | undefined {
  if (text.includes('://') || text.includes('::')) return undefined;
  const [, user, host = '', path = ''] = SHORT_FORM.exec(text) ?? [];
  if (!HOST.test(host) || !isPath(path)) return undefined;
  if (user !== undefined && !USER.test(user)) return undefined;
  return { text, protocol: 'ssh', host };
}

const PROTOCOLS = ['https', 'http', 'ssh', 'git'] as const;

function isPath(path: string): boolean {
  return path !== '' && !path.startsWith('-');
}
