export { World, type WorldOptions } from './world/world.js';
