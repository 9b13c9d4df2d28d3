import { expectGenerated } from '../generated-file.js';
import { describedSettings } from './described-settings.js';
import { configurationPage, envExample } from './pages.js';
import { variablesOf, type Variable } from './variables.js';

describe('configuration', () => {
  let variables: Variable[];
  beforeAll(async () => {
    variables = variablesOf(await describedSettings());
  });

  it('stands in docs/configuration.md', () => {
    expect(variables.length).toBeGreaterThan(0);
    expectGenerated('docs/configuration.md', configurationPage(variables));
  });

  it('stands in .env.example', () => {
    expectGenerated('.env.example', envExample(variables));
  });

  it('has one default for one variable', () => {
    const defaults = new Map<string, Set<string>>();
    for (const { env, default: value } of variables) {
      if (value === undefined) continue;
      defaults.set(env, (defaults.get(env) ?? new Set()).add(value));
    }
    const ambiguous = [...defaults].filter(([, values]) => values.size > 1).map(([name]) => name);
    expect(ambiguous).toEqual([]);
  });
});
