import { ActionTransitionEntity } from './action-transition.entity.js';
import { ActionEntity } from './action.entity.js';

export { CreateActions1763700004000 } from './create-actions.migration.js';
export { ActionEntity, ActionTransitionEntity };

export const ACTIONS_ENTITIES = [ActionEntity, ActionTransitionEntity];
