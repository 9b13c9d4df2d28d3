import { SetMetadata } from '@nestjs/common';

/** Metadata key that an authenticating guard looks for: the route answers without a key. */
export const OPEN_ROUTE = 'vigil:open-route';

/** The route or controller needs no key. */
export const OpenRoute = () => SetMetadata(OPEN_ROUTE, true);
