import { chooseFreePort } from '@vigil/embedded';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../run-directory.js';
import { ServerProcess } from '../server-process.js';
import { restartable, untilAccepting, type GitServer } from './git-daemon.js';

const PROGRAMS = {
  nginx: '/usr/sbin/nginx',
  fcgiwrap: '/usr/sbin/fcgiwrap',
  backend: '/usr/lib/git-core/git-http-backend',
};

export interface HttpsGit extends GitServer {
  /** The certificate of the private authority that has signed the server's, PEM. */
  readonly caFile: string;
  readonly user: string;
  readonly token: string;
}

/**
 * git-http-backend behind nginx, with TLS of a private authority. `/fleet.git` asks for user and token.
 * @throws Error that says what to do, when this machine cannot run it
 */
export async function startHttpsGit(root: string): Promise<HttpsGit> {
  for (const program of [PROGRAMS.nginx, PROGRAMS.fcgiwrap]) {
    if (!existsSync(program)) {
      throw new Error(`tests of HTTPS need ${program}: apt install nginx-light fcgiwrap`);
    }
  }
  const directory = temporaryDirectory('https-git');
  mkdirSync(join(directory, 'temp'));
  const port = await chooseFreePort();
  const { caFile } = makeCertificates(directory);
  const [user, token] = ['robot', 'token/with@odd%signs'];
  writeFileSync(join(directory, 'htpasswd'), `${user}:{PLAIN}${token}\n`);
  writeFileSync(join(directory, 'nginx.conf'), nginxConfig(directory, root, port));
  await ServerProcess.start({
    command: PROGRAMS.fcgiwrap,
    args: ['-c', '1', '-s', `unix:${directory}/fcgi.sock`],
    env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null' },
    logFile: join(directory, 'fcgiwrap.log'),
    isReady: () => existsSync(join(directory, 'fcgi.sock')),
  });
  const start = async (): Promise<ServerProcess> => {
    const server = await ServerProcess.start({
      command: PROGRAMS.nginx,
      args: [
        '-p',
        directory,
        '-c',
        join(directory, 'nginx.conf'),
        '-e',
        join(directory, 'error.log'),
      ],
      logFile: join(directory, 'nginx.log'),
      isReady: () => true,
    });
    await untilAccepting(port);
    return server;
  };
  const server = await restartable(
    start,
    (repository) => `https://127.0.0.1:${String(port)}/${repository}`,
  );
  return { ...server, caFile, user, token };
}

/** An authority of its own, and a certificate of it for 127.0.0.1. */
function makeCertificates(directory: string): { caFile: string } {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Test CA',
    '-days',
    '2',
  );
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1');
  writeFileSync(join(directory, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem', '-days', '2');
  return { caFile: join(directory, 'ca.pem') };
}

function nginxConfig(directory: string, root: string, port: number): string {
  const isRoot = process.getuid?.() === 0;
  return `${isRoot ? 'user root;\n' : ''}daemon off;
master_process off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 64; }
http {
  access_log ${directory}/access.log;
  client_body_temp_path ${directory}/temp/body;
  fastcgi_temp_path ${directory}/temp/fastcgi;
  proxy_temp_path ${directory}/temp/proxy;
  uwsgi_temp_path ${directory}/temp/uwsgi;
  scgi_temp_path ${directory}/temp/scgi;
  server {
    listen 127.0.0.1:${String(port)} ssl;
    ssl_certificate ${directory}/server.pem;
    ssl_certificate_key ${directory}/server.key;
    client_max_body_size 0;
    location / {
      auth_basic "repositories";
      auth_basic_user_file ${directory}/htpasswd;
      fastcgi_pass unix:${directory}/fcgi.sock;
      fastcgi_param SCRIPT_FILENAME ${PROGRAMS.backend};
      fastcgi_param GIT_PROJECT_ROOT ${root};
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      fastcgi_param REMOTE_USER $remote_user;
    }
  }
}
`;
}
