import { z } from '@scoria/driver-sdk';

/** Options of this helper in a backend section. */
export const fakeHelperOptionsSchema = z.object({
  fake_target_default_lun: z.number().int().min(0).max(255).default(0).describe('LUN that volumes get'),
});
