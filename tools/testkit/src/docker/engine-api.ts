import { request, type OutgoingHttpHeaders } from 'node:http';

/** What the engine answered with a status of 400 or more. */
export class EngineRefused extends Error {
  constructor(
    readonly status: number,
    call: string,
    body: string,
  ) {
    super(`the engine answered ${String(status)} to ${call}: ${body}`);
  }
}

const JSON_BODY = { 'content-type': 'application/json' };
const PATIENCE_MS = 60_000;

/** Calls the Docker Engine's HTTP API through its socket. */
export class EngineApi {
  constructor(readonly socket: string) {}

  get(path: string): Promise<unknown> {
    return this.call('GET', path);
  }

  /** For answers that are one JSON text a line. */
  async getLines(path: string): Promise<unknown[]> {
    const said = await this.get(path);
    if (typeof said !== 'string') return [said];
    return said
      .split('\n')
      .filter((line) => line !== '')
      .map(parsed);
  }

  post(path: string, body?: object, headers: OutgoingHttpHeaders = {}): Promise<unknown> {
    return body === undefined
      ? this.call('POST', path, headers)
      : this.call('POST', path, { ...headers, ...JSON_BODY }, Buffer.from(JSON.stringify(body)));
  }

  postArchive(path: string, archive: Buffer): Promise<unknown> {
    return this.call('POST', path, { 'content-type': 'application/x-tar' }, archive);
  }

  delete(path: string): Promise<unknown> {
    return this.call('DELETE', path);
  }

  /** True when the engine answers. */
  async answers(): Promise<boolean> {
    try {
      await this.get('/_ping');
      return true;
    } catch {
      return false;
    }
  }

  /** Resolves with the parsed answer, or its text when it is not JSON. */
  private call(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders = {},
    body?: Buffer,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          socketPath: this.socket,
          method,
          path,
          timeout: PATIENCE_MS,
          agent: false,
          headers,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const status = response.statusCode ?? 0;
            if (status >= 400) reject(new EngineRefused(status, `${method} ${path}`, text.trim()));
            else resolve(parsed(text));
          });
        },
      );
      call.on('timeout', () => call.destroy(new Error(`no answer to ${method} ${path}`)));
      call.on('error', reject);
      call.end(body);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
