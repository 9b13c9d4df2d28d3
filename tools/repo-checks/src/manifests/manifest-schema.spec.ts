import { manifestJsonSchema } from '@vigil/manifests';
import { expectGenerated } from '../generated-file.js';

describe('the JSON Schema of manifests', () => {
  it('is what the parser reads', () => {
    const text = `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`;
    expectGenerated('docs/schemas/manifest.schema.json', text);
  });
});
