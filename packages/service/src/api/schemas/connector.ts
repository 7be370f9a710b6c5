import { connectorSchema } from '@scoria/core/contract';
import { booleanSchema } from './scalars.ts';

/** What a host says about itself, as clients send it: some write booleans as words. Unknown keys are kept. */
export const connectorBodySchema = connectorSchema.extend({ multipath: booleanSchema.nullish() });
