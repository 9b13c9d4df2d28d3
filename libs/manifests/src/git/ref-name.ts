import semver from 'semver';

const MAX_LENGTH = 250;

/** Names that `git check-ref-format --branch` takes, and none that looks like an option. */
export function isRefName(name: string): boolean {
  return (
    name.length <= MAX_LENGTH &&
    /^[!-~]+$/.test(name) &&
    !/[~^:?*[\\]|\.\.|@\{|\/\/|\.lock(?:\/|$)/.test(name) &&
    name.split('/').every((part) => part !== '' && !/^[.-]|\.$/.test(part)) &&
    name !== '@'
  );
}

/** A range as npm and Flux write it: `>=1.2 <2`, `~1.4`, `1.x`. */
export function isVersionRange(text: string): boolean {
  return text.trim() !== '' && semver.validRange(text) !== null;
}
