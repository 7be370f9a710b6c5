import { errorCodes, operationNames, z } from '@scoria/driver-sdk';

/** What can be made to fail: an operation, a step of the start, or all of them. */
const faultPlaces = ['*', 'configure', 'probe', ...operationNames] as const;

/** One deliberate failure. See the README for what each action does. */
export const faultSchema = z.strictObject({
  operation: z.enum(faultPlaces),
  when: z.enum(['before', 'after']).default('before').describe('Before or after the effect'),
  action: z.enum(['fail', 'delay', 'hang', 'block', 'crash', 'lie']),
  code: z.enum(errorCodes).default('BACKEND_ERROR').describe('fail: the code'),
  message: z.string().max(1024).optional().describe('fail: the message'),
  ms: z.number().int().min(0).max(86_400_000).default(1_000).describe('delay, block: how long'),
  times: z.number().int().positive().optional().describe('How often; default: always'),
  match: z.string().min(1).optional().describe('Name or id of the volume or snapshot; default: any'),
});

/** One deliberate failure. */
export type Fault = z.output<typeof faultSchema>;
/** Where in an operation a fault strikes. */
export type FaultMoment = Fault['when'];
