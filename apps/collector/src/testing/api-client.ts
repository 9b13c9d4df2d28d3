import { request, type IncomingHttpHeaders } from 'node:http';
import { ADMIN_KEY } from './collector-world.js';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, or the text of anything else; undefined without a body. */
  readonly body: unknown;
}

export interface ApiRequest {
  readonly key?: string | undefined;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls the API as a client outside of the process would. The admin key is sent unless another is given. */
export function callApi(
  url: string,
  method: string,
  path: string,
  options: ApiRequest = {},
): Promise<ApiAnswer> {
  const key = 'key' in options ? options.key : ADMIN_KEY;
  const payload =
    options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  return new Promise((resolve, reject) => {
    const call = request(
      `${url}${path}`,
      {
        method,
        agent: false,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: bodyOf(response.headers, Buffer.concat(chunks).toString('utf8')),
          });
        });
      },
    );
    call.on('error', reject);
    call.end(payload);
  });
}

function bodyOf(headers: IncomingHttpHeaders, text: string): unknown {
  if (text === '') return undefined;
  return (headers['content-type'] ?? '').includes('json') ? JSON.parse(text) : text;
}
