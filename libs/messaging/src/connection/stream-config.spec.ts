import { STREAMS } from '@vigil/contracts';
import { bucketConfig, sameStream, streamConfig } from './stream-config.js';

describe('the configuration of a stream', () => {
  it('speaks the units of the server', () => {
    expect(streamConfig('EVENTS', STREAMS.EVENTS)).toMatchObject({
      name: 'EVENTS',
      retention: 'limits',
      max_age: 7 * 24 * 3600 * 1e9,
      max_bytes: 1024 ** 3,
      max_msgs_per_subject: -1,
      duplicate_window: 600e9,
    });
  });

  it('has no limit where the contract has none', () => {
    expect(streamConfig('ACTIONS', STREAMS.ACTIONS)).toMatchObject({ max_age: 0, max_bytes: -1 });
  });

  it('keeps one value per key of a bucket, for its lifetime', () => {
    expect(bucketConfig({ bucket: 'locks', ttlMs: 10_000 })).toMatchObject({
      name: 'KV_locks',
      subjects: ['$KV.locks.>'],
      max_msgs_per_subject: 1,
      max_age: 10e9,
      // the server refuses a window that is longer than the lifetime
      duplicate_window: 10e9,
    });
    expect(bucketConfig({ bucket: 'state' })).toMatchObject({
      max_age: 0,
      duplicate_window: 120e9,
    });
  });

  it('is the same whatever else the server says about it', () => {
    const desired = streamConfig('EVENTS', STREAMS.EVENTS);
    // false values are left out by servers, defaults are added
    const { allow_direct: _direct, allow_rollup_hdrs: _rollup, ...actual } = desired;
    expect(sameStream(desired, { ...actual, num_replicas: 3, storage: 'file' })).toBe(true);
    expect(sameStream(desired, { ...actual, subjects: ['vigil.drift.>'] })).toBe(false);
    expect(sameStream(desired, { ...actual, max_age: 1 })).toBe(false);
    expect(sameStream(desired, { ...actual, allow_direct: true })).toBe(false);
  });
});
