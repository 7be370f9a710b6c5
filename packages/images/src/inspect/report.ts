import { z } from 'zod';
import { diskFormats } from '../model.ts';
import { type InspectionRule, inspectionRules } from './rules.ts';

const rules = Object.keys(inspectionRules).filter((name): name is InspectionRule => name in inspectionRules);

/** First line of the inspector's answer. */
export const verdictSchema = z.discriminatedUnion('verdict', [
  z.strictObject({
    verdict: z.literal('accepted'),
    format: z.enum(diskFormats),
    virtualSizeBytes: z.int().nonnegative().nullable(),
  }),
  z.strictObject({ verdict: z.literal('refused'), rule: z.enum(rules), detail: z.string().max(1000) }),
]);
/** See {@link verdictSchema}. */
export type Verdict = z.infer<typeof verdictSchema>;

/** Second line, when the digest of the stored bytes was asked for and nothing was refused. */
export const digestSchema = z.strictObject({
  hex: z.string().regex(/^[0-9a-f]{32,128}$/),
  bytes: z.int().nonnegative(),
});
