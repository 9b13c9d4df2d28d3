import preset from '../../tools/jest/preset.mjs';

// agents and their processes are started and killed for real: slow on a loaded machine
export default { ...preset, testTimeout: 60_000 };
