import { ManifestEntity } from './manifest.entity.js';
import { RevisionEntity } from './revision.entity.js';
import { SourceEntity } from './source.entity.js';

export { CreateGitops1763700002000 } from './create-gitops.migration.js';
export { ManifestEntity, RevisionEntity, SourceEntity };

export const GITOPS_ENTITIES = [SourceEntity, RevisionEntity, ManifestEntity];
