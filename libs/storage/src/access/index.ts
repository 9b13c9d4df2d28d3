import { AgentEntity } from './agent.entity.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { EnrolmentTokenEntity } from './enrolment-token.entity.js';

export { CreateAccess1763700001000 } from './create-access.migration.js';
export { AgentEntity, ApiKeyEntity, EnrolmentTokenEntity };

export const ACCESS_ENTITIES = [ApiKeyEntity, AgentEntity, EnrolmentTokenEntity];
