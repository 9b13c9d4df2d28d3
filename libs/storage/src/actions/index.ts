import { ActionTransitionEntity } from './action-transition.entity.js';
import { ActionEntity } from './action.entity.js';
import { OverrideEntity } from './override.entity.js';

export { CreateActions1763700004000 } from './create-actions.migration.js';
export { CreateOverrides1763800001000 } from './create-overrides.migration.js';
export { ActionEntity, ActionTransitionEntity, OverrideEntity };

export const ACTIONS_ENTITIES = [ActionEntity, ActionTransitionEntity, OverrideEntity];
