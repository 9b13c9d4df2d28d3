export { webContainer, type WebContainerOptions } from './world/container-manifests.js';
export { answerOf, Containers, type Container } from './world/containers.js';
export { GitRepository } from './world/git-repository.js';
export { processesWith, ProcessCensus } from './world/machine-processes.js';
export { web, type WebOptions } from './world/manifests.js';
export { ReliablePoster } from './world/reliable-poster.js';
export { StartsFile } from './world/starts-file.js';
export { freePorts, World, type WorldOptions } from './world/world.js';
