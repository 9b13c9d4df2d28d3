import { EVENT_ID, parseEvents, YAMLException, type Event } from 'js-yaml';
import { MANIFEST_LIMITS } from '../limits.js';
import type { TextDocument } from './document.js';
import { YamlComposer } from './yaml-composer.js';

/**
 * Reads YAML 1.2 with the core schema. Documents without content are left out. What follows a
 * syntax error in the same file cannot be read and is not reported.
 */
export function readYaml(text: string): TextDocument[] {
  const events = parse(text);
  if ('problem' in events) return [events.problem];
  return splitDocuments(events.events).flatMap((document) => {
    const composed = new YamlComposer(text).compose(document);
    return isEmpty(composed) ? [] : [composed];
  });
}

function parse(text: string): { events: Event[] } | { problem: TextDocument } {
  try {
    return { events: parseEvents(text, { maxDepth: MANIFEST_LIMITS.depth }) };
  } catch (error) {
    const offset = error instanceof YAMLException ? (error.mark?.position ?? 0) : 0;
    const reason = error instanceof YAMLException ? error.reason : String(error);
    const message = `invalid YAML: ${reason}`;
    return { problem: { offset, problems: [{ offset, path: [], message }] } };
  }
}

/** The events between each document's start and end. */
function splitDocuments(events: readonly Event[]): Event[][] {
  const documents: Event[][] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) documents.push([]);
    else documents.at(-1)?.push(event);
  }
  // the last event of each closes the document itself
  return documents.map((document) => document.slice(0, -1));
}

function isEmpty(document: TextDocument): boolean {
  const { root, problems } = document;
  return problems.length === 0 && root?.kind === 'scalar' && root.text === '';
}
