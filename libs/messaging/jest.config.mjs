import preset from '../../tools/jest/preset.mjs';

// servers are stopped, started and waited for: the limit is for a machine that is busy with other things
export default { ...preset, testTimeout: 30_000 };
