import { describe, expect, it } from '@jest/globals';
import { ActionOrder } from './actions.js';

const order = { resource: 'shop/web', reason: 'a sale' };
const scale = { ...order, action: 'scale', replicas: 4 };

describe('a person’s order', () => {
  it.each([
    ['a scale', { ...scale, expiresAfter: '2h' }, 7_200_000],
    ['a stop', { ...order, action: 'stop', expiresAfter: '30m' }, 1_800_000],
    ['what lasts until it is changed', { ...order, action: 'stop' }, undefined],
  ])('says how long it is wanted: %s', (_case, body, expected) => {
    expect(ActionOrder.parse(body).expiresAfter).toBe(expected);
  });

  it.each([
    ['another action', { ...order, action: 'restart', expiresAfter: '2h' }],
    ['no time', { ...scale, expiresAfter: '0' }],
    ['a number', { ...scale, expiresAfter: 7_200 }],
    ['what is no duration', { ...scale, expiresAfter: 'long' }],
    ['a scale to no number', { ...order, action: 'scale' }],
  ])('is refused: %s', (_case, body) => {
    expect(ActionOrder.safeParse(body).success).toBe(false);
  });
});
