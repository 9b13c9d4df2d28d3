import { get } from 'node:http';
import { connect } from 'node:net';

const ATTEMPT_TIMEOUT_MS = 1_000;

/** True when the URL answers with a status of 200. */
export function answersOk(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: ATTEMPT_TIMEOUT_MS, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(false);
    });
  });
}

/** True when a server accepts a connection and greets: nats-server speaks first. */
export function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ATTEMPT_TIMEOUT_MS });
    const answer = (good: boolean): void => {
      socket.destroy();
      resolve(good);
    };
    socket.once('data', () => {
      answer(true);
    });
    socket.once('timeout', () => {
      answer(false);
    });
    socket.once('error', () => {
      answer(false);
    });
    socket.once('close', () => {
      resolve(false);
    });
  });
}
