import { IngestAccepted, Problem } from '@vigil/contracts';
import type { HttpAnswer } from '../http/http-client.js';

/** What the collector's answer to a batch means for the batch. */
export type Judgement =
  | { readonly kind: 'delivered'; readonly rejected: IngestAccepted['rejected'] }
  /** Too large as it is. */
  | { readonly kind: 'split' }
  /** It will never be taken. */
  | { readonly kind: 'drop'; readonly why: string }
  /**
   * Nothing will be taken until a person has changed something: the key is not known
   * (`isKeyRefused`), or may not do this.
   */
  | { readonly kind: 'not-authorised'; readonly why: string; readonly isKeyRefused: boolean }
  | { readonly kind: 'retry'; readonly why: string };

export function judgeAnswer(answer: HttpAnswer): Judgement {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered', rejected: rejectedOf(answer) };
  const why = `${status}${detailOf(answer)}`;
  switch (status) {
    case 413:
      return { kind: 'split' };
    case 401:
    case 403:
      return { kind: 'not-authorised', why, isKeyRefused: status === 401 };
    // what the collector says of a body that it will never understand
    case 400:
    case 415:
    case 422:
      return { kind: 'drop', why };
    // the rest may come from something in between that somebody will put right
    default:
      return { kind: 'retry', why };
  }
}

function rejectedOf(answer: HttpAnswer): IngestAccepted['rejected'] {
  return IngestAccepted.safeParse(parseJson(answer.body)).data?.rejected ?? [];
}

function detailOf(answer: HttpAnswer): string {
  const problem = Problem.safeParse(parseJson(answer.body)).data;
  if (problem === undefined) return '';
  const [first] = problem.errors ?? [];
  const place = first === undefined ? '' : ` (${first.path}: ${first.message})`;
  return ` ${problem.detail ?? problem.title}${place}`.slice(0, 500);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
