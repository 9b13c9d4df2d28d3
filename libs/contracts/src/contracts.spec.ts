import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as contracts from './index.js';

const EXAMPLES = new URL('./testdata/examples/', import.meta.url);

/** The payload schema of a contract (for a request: of the request). */
function schemaOf(name: string) {
  const contract = Object.entries(contracts).find(([exported]) => exported === name)?.[1];
  if (typeof contract !== 'object' || !('kind' in contract)) return undefined;
  if (contract.kind === 'request') return contract.request;
  return contract.schema;
}

describe('golden payloads', () => {
  const names = readdirSync(EXAMPLES).map((file) => file.replace(/\.json$/, ''));

  it.each(names)('%s is still read as it was released', (name) => {
    const golden: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8'));
    const schema = schemaOf(name);
    expect(schema).toBeDefined();
    expect(schema?.parse(golden)).toEqual(golden);
  });

  it('exist for every contract', () => {
    const declared = Object.entries(contracts)
      .filter(([, value]) => typeof value === 'object' && 'kind' in value && 'subject' in value)
      .map(([name]) => name);
    expect(names.sort()).toEqual(declared.sort());
  });
});

describe('streams', () => {
  it('carry every event on exactly one stream', () => {
    for (const value of Object.values(contracts)) {
      if (typeof value !== 'object' || !('kind' in value) || value.kind !== 'event') continue;
      const { subject, stream } = value;
      const carriers = Object.entries(contracts.STREAMS)
        .filter(([, { subjects }]) => subjects.some((filter) => matches(filter, subject)))
        .map(([name]) => name);
      expect({ subject, carriers }).toEqual({ subject, carriers: [stream] });
    }
  });
});

function matches(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const tokens = subject.split('.');
  for (const [at, token] of wanted.entries()) {
    if (token === '>') return tokens.length > at;
    if (tokens[at] === undefined || (token !== '*' && token !== tokens[at])) return false;
  }
  return wanted.length === tokens.length;
}
