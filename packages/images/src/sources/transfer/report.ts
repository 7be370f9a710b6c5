import { z } from 'zod';
import { imageErrorCodes } from './errorCodes.ts';
import { uploadHashes } from './request.ts';

/** What the transfer program says, one JSON line each: `started` once the server agreed, then its end. */
export const transferReportSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('started') }),
  z.object({
    event: z.literal('done'),
    bytes: z.number(),
    /** Lower-case hexadecimal by algorithm; empty for a download. */
    digests: z.partialRecord(z.enum(uploadHashes), z.string()),
  }),
  z.object({ event: z.literal('failed'), code: z.enum(imageErrorCodes), message: z.string() }),
]);

/** What the transfer program says. */
export type TransferReport = z.infer<typeof transferReportSchema>;
