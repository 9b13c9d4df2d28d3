/**
 * `import 'node:http'` in a module makes Node copy all exports of the built-in, and with them load
 * undici for `http.WebSocket`: 5 MB of resident memory. The built-in itself does not.
 */
export const http = process.getBuiltinModule('node:http');
