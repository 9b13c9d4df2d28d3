import { stripVTControlCharacters } from 'node:util';
import { Progress } from './progress.js';

function screen(interactive: boolean): {
  interactive: boolean;
  text: () => string;
  write: (text: string) => void;
} {
  const written: string[] = [];
  return {
    interactive,
    text: () => written.join(''),
    write: (text) => {
      written.push(text);
    },
  };
}

describe('Progress', () => {
  it('prints a line for a step that succeeded, and returns its result', async () => {
    const output = screen(false);
    const result = await new Progress(output).step(
      'PostgreSQL',
      () => Promise.resolve(5432),
      (port) => `on ${port}`,
    );
    expect(result).toBe(5432);
    expect(output.text()).toMatch(/^ {2}✓ on 5432 +0\.0 s\n$/);
  });

  it('prints a line for a step that failed, and passes the failure on', async () => {
    const output = screen(false);
    const failing = new Progress(output).step('nats-server', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(output.text()).toMatch(/^ {2}✗ nats-server /);
  });

  it('leaves nothing of its drawing on a terminal', async () => {
    const output = screen(true);
    const progress = new Progress(output);
    await Promise.all([
      progress.step('one', () => Promise.resolve()),
      progress.step('two', () => Promise.resolve()),
    ]);
    const lines = output
      .text()
      .split('\n')
      .map((line) => line.split('\r\u001B[K').at(-1) ?? '')
      .map(stripVTControlCharacters);
    expect(lines.map((line) => line.replace(/ +\S+ s$/, ''))).toEqual(['  ✓ one', '  ✓ two', '']);
  });
});
