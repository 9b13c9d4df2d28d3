import { ActionRequest } from './action.js';
import { defineEvent } from './contract.js';

/** An action is wanted. The message id is the action id; acked when durably recorded, not when done. */
export const ActionRequested = defineEvent('vigil.actions.requested', 'ACTIONS', ActionRequest);
export type ActionRequested = ActionRequest;
