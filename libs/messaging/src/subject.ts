import { decodeToken, encodeToken, type SubjectParams } from '@vigil/contracts';

/** True type when the subject has no placeholders. */
type WithoutParams<Subject extends string> = string extends keyof SubjectParams<Subject>
  ? true
  : false;

/** The options argument of a call: mandatory, with `params`, when the subject has placeholders. */
export type OptionsFor<Subject extends string, Options> =
  WithoutParams<Subject> extends true
    ? [options?: Options]
    : [options: Options & { readonly params: SubjectParams<Subject> }];

const PLACEHOLDER = /\{(\w+)\}/g;

/**
 * The subject with every placeholder filled in.
 * @throws TypeError when a value is missing
 */
export function concreteSubject(
  contract: { readonly subject: string },
  params: Readonly<Record<string, string | number>> = {},
): string {
  return contract.subject.replace(PLACEHOLDER, (_match, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${contract.subject} needs ${name}`);
    return encodeToken(String(value));
  });
}

/** The subject with the given placeholders filled in, and `*` for the others. */
export function filterSubject(
  contract: { readonly subject: string },
  params: Readonly<Record<string, string | number | undefined>> = {},
): string {
  return contract.subject.replace(PLACEHOLDER, (_match, name: string) => {
    const value = params[name];
    return value === undefined ? '*' : encodeToken(String(value));
  });
}

/** What stands in the placeholders of a concrete subject, decoded. */
export function subjectParams(
  contract: { readonly subject: string },
  subject: string,
): Readonly<Record<string, string>> {
  const tokens = subject.split('.');
  const params: Record<string, string> = {};
  contract.subject.split('.').forEach((part, index) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const token = tokens[index];
    if (name === undefined || token === undefined) return;
    params[name] = decodeToken(token) ?? token;
  });
  return params;
}
