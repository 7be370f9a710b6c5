import { ImageError } from '../../errors.ts';
import { ask } from '../transfer/ask.ts';
import { shownUrl } from '../transfer/exchange.ts';
import { httpUrlSchema } from '../transfer/httpOptions.ts';
import type { HttpRules } from '../transfer/request.ts';
import { shownIssues } from '../transfer/shownIssues.ts';
import { type HttpImage, manifestSchema } from './options.ts';

/**
 * Looks an image up in a manifest, fetched anew: images come and go without a restart.
 *
 * @throws ImageError IMAGE_NOT_FOUND, SOURCE_REFUSED (its URL leads where it may not), SOURCE_UNAVAILABLE, CANCELLED
 */
export async function findInManifest(
  manifest: string,
  imageId: string,
  rules: HttpRules,
  signal: AbortSignal,
): Promise<HttpImage> {
  const what = `the manifest ${shownUrl(manifest)}`;
  const answer = await ask({ method: 'GET', url: manifest, headers: {}, rules, signal, what }).catch(
    (error: unknown) => {
      // That the manifest is gone says nothing about the image.
      if (error instanceof ImageError && error.code === 'IMAGE_NOT_FOUND')
        throw new ImageError('SOURCE_UNAVAILABLE', error.message, { cause: error });
      throw error;
    },
  );
  const parsed = manifestSchema.safeParse(parseJson(answer.body));
  if (!parsed.success)
    throw new ImageError('SOURCE_UNAVAILABLE', `${what} is none: ${shownIssues(parsed.error)}`);
  const { images } = parsed.data;
  const image = Object.hasOwn(images, imageId) ? images[imageId] : undefined;
  if (image === undefined) throw new ImageError('IMAGE_NOT_FOUND', `there is no image ${imageId}`);
  return { ...image, url: checkUrl(manifest, image.url, rules, what) };
}

function checkUrl(manifest: string, location: string, rules: HttpRules, what: string): string {
  const url = URL.canParse(location, manifest) ? new URL(location, manifest) : null;
  if (url === null || !httpUrlSchema.safeParse(url.href).success)
    throw new ImageError('SOURCE_REFUSED', `${what} names what is no http(s) URL`);
  if (url.protocol === 'http:' && manifest.startsWith('https:'))
    throw new ImageError('SOURCE_REFUSED', `${what} is https, and names a URL that is not`);
  if (rules.allowedHosts.includes(url.host)) return url.href;
  throw new ImageError('SOURCE_REFUSED', `${what} names ${url.host}, which is not allowed`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
