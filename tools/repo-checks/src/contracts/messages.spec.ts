import { expectGenerated } from '../generated-file.js';
import { declaredContracts } from './declared-contracts.js';
import { messagesPage } from './messages-page.js';

describe('every message', () => {
  const contracts = declaredContracts();

  it.each(contracts.map((contract) => [contract.name, contract] as const))(
    '%s is published, handled, explained and has an example',
    (_name, { publishers, handlers, meaning, example }) => {
      expect({ published: publishers.length > 0, handled: handlers.length > 0 }).toEqual({
        published: true,
        handled: true,
      });
      expect(meaning).not.toBe('');
      expect(example).toBeDefined();
    },
  );

  it('stands in docs/messages.md', () => {
    expect(contracts.length).toBeGreaterThan(0);
    expectGenerated('docs/messages.md', messagesPage(contracts));
  });
});
