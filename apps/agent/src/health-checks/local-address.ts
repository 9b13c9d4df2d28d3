import type { LookupFunction } from 'node:net';

/** A service may listen on either loopback address: both are tried, IPv4 first. */
export const LOOPBACK = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** Resolves every name to this host, without asking anybody. */
export const lookUpLoopback: LookupFunction = (_host, _options, callback) =>
  callback(null, LOOPBACK);
