import { z } from 'zod';
import { imageErrorCodes } from './errorCodes.ts';

/** Digests that an upload computes on its way, one of which every source is expected to answer with. */
export const uploadHashes = ['md5', 'sha256', 'sha512'] as const;

const checksumSchema = z.object({
  algorithm: z.enum(['md5', 'sha1', 'sha256', 'sha512']),
  hex: z.string().regex(/^[0-9a-f]+$/),
});

/** What every exchange with a server obeys. */
export const httpRulesSchema = z.object({
  /** PEM certificates that are trusted instead of the system's; null: the system's. */
  ca: z.string().nullable(),
  /** Hosts (with port where it is not the scheme's own) that a redirect may lead to. */
  allowedHosts: z.array(z.string()),
  maxRedirects: z.number().int().min(0),
  /** Milliseconds without a byte after which the other side counts as gone. */
  silenceMs: z.number().int().positive(),
  /** Attempts without any progress before giving up. */
  tries: z.number().int().positive(),
});

/** What every exchange with a server obeys. */
export type HttpRules = z.infer<typeof httpRulesSchema>;

/** What the transfer program is asked to do: one JSON line on its stdin, which stays open as long as its parent lives. */
export const transferRequestSchema = z.object({
  direction: z.enum(['download', 'upload']),
  url: z.url({ protocol: /^https?$/ }),
  /** Sent to the first host only. May hold a token. */
  headers: z.record(z.string(), z.string()),
  rules: httpRulesSchema,
  /** Bytes that must come, or that will be sent; null when nobody knows. */
  sizeBytes: z.number().int().min(0).nullable(),
  /** More bytes than this are refused. */
  mostBytes: z.number().int().positive(),
  /** What the bytes that come must have; null when nobody knows. */
  checksum: checksumSchema.nullable(),
  /** Who to become before anything is sent; null: stay. */
  become: z.object({ uid: z.number().int(), gid: z.number().int() }).nullable(),
});

/** What the transfer program is asked to do. */
export type TransferRequest = z.infer<typeof transferRequestSchema>;

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

/** Descriptors of the transfer program beside stdin. */
export const transferFds = { reports: 3, data: 4 } as const;
