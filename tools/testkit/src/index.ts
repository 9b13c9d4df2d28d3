export {
  DockerByHand,
  type Inspected,
  type Listed,
  type RunOptions,
} from './docker/docker-by-hand.js';
export { startDockerEngine, type DockerEngine, type DockerEngineOptions } from './docker/engine.js';
export { EngineRefused } from './docker/engine-api.js';
export { startPodman, type Podman } from './docker/podman.js';
export { startRegistry, type RegistryOptions, type TestRegistry } from './docker/registry.js';
export {
  retagged,
  testImage,
  type TestImage,
  type TestImageBehaviour,
  type TestImageOptions,
} from './docker/test-image.js';
export { eventually, type EventuallyOptions } from './eventually.js';
export { startGate, type Gate } from './gate.js';
export { startGitDaemon, type GitServer } from './git/git-daemon.js';
export { startHttpsGit, type HttpsGit } from './git/https-git.js';
export { startSshGit, type SshGit } from './git/ssh-git.js';
export { startNats, type NatsOptions, type TestNats } from './nats.js';
export { chooseFreePort as freePort } from '@vigil/embedded';
export { startPostgres, type TestPostgres } from './postgres.js';
export { recordProcess, temporaryDirectory } from './run-directory.js';
export { createDatabase, type TestDatabase } from './shared-postgres.js';
