import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ImageError } from '../../errors.ts';
import type { HttpRules } from './request.ts';

/** Options of every source that speaks HTTP. */
export const httpOptions = {
  timeout: z
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe('Seconds of silence after which the other side counts as gone'),
  tries: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(4)
    .describe('Attempts without progress before giving up; waits of 0.2 s, 0.4 s, … between them'),
  ca_file: z
    .string()
    .startsWith('/')
    .optional()
    .describe("PEM file of the certificates to trust instead of the system's; they are always verified"),
  max_bytes: z
    .number()
    .int()
    .min(1)
    .default(2 ** 44)
    .describe('Images of more bytes than this are refused'),
};

/** An http(s) URL without a user or password, which would end up in messages. */
export const httpUrlSchema = z.url({ protocol: /^https?$/, error: 'an http(s) URL' }).refine((url) => {
  if (!URL.canParse(url)) return true;
  const { username, password } = new URL(url);
  return username === '' && password === '';
}, 'no user or password in the URL');

/** Parsed {@link httpOptions}. */
export type HttpOptions = z.output<z.ZodObject<typeof httpOptions>>;

/** What an exchange obeys by these options. The certificates are read anew each time: they may be renewed. @throws ImageError SOURCE_UNAVAILABLE */
export async function rulesOf(
  options: HttpOptions,
  redirects: { readonly allowedHosts: readonly string[]; readonly most: number },
): Promise<HttpRules> {
  return {
    ca: options.ca_file === undefined ? null : await readCertificates(options.ca_file),
    allowedHosts: [...redirects.allowedHosts],
    maxRedirects: redirects.most,
    silenceMs: options.timeout * 1000,
    tries: options.tries,
  };
}

async function readCertificates(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (error) {
    throw new ImageError('SOURCE_UNAVAILABLE', `ca_file ${path} cannot be read`, { cause: error });
  }
  throw new ImageError('SOURCE_UNAVAILABLE', `ca_file ${path} holds no PEM certificate`);
}
