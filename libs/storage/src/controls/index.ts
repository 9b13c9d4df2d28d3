import { ControlEntity } from './control.entity.js';

export { CreateControls1763800000000 } from './create-controls.migration.js';
export { ControlEntity };

export const CONTROLS_ENTITIES = [ControlEntity];
