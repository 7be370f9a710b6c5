import { ImageError } from '../../errors.ts';
import type { ImageCaller } from '../../model.ts';
import { type Answer, ask, type Question } from '../transfer/ask.ts';
import { rulesOf } from '../transfer/httpOptions.ts';
import type { TransferRequest } from '../transfer/request.ts';
import { callerHeaders } from './authentication.ts';
import { type GlanceImage, parseImage } from './imageRecord.ts';
import type { GlanceOptions } from './options.ts';
import { requireProject } from './projectOf.ts';

/** A redirect of an API with tokens is followed nowhere. */
const noRedirects = { allowedHosts: [], most: 0 };

/** What is common to the requests to one Glance. */
export interface GlanceClient {
  /** @throws ImageError IMAGE_NOT_FOUND, SOURCE_REFUSED, SOURCE_UNAVAILABLE, CANCELLED */
  image(imageId: string, caller: ImageCaller, signal: AbortSignal): Promise<GlanceImage>;
  /** @throws ImageError */
  send(
    method: 'POST' | 'DELETE',
    path: string,
    caller: ImageCaller,
    signal: AbortSignal,
    more?: Pick<Question, 'body' | 'expect'>,
  ): Promise<Answer>;
  /** A transfer of an image's bytes, but for what only one direction has. @throws ImageError */
  transfer(
    imageId: string,
    caller: ImageCaller,
  ): Promise<Pick<TransferRequest, 'url' | 'headers' | 'rules' | 'mostBytes'>>;
}

/** Speaks to one Glance. */
export function glanceClient(options: GlanceOptions): GlanceClient {
  const base = options.url.replace(/(\/v2)?\/*$/, '');
  const url = (path: string): string => `${base}/v2/images${path}`;
  const client: GlanceClient = {
    async image(imageId, caller, signal) {
      const { body } = await ask({
        method: 'GET',
        url: url(pathOf(imageId)),
        headers: await callerHeaders(options, caller),
        rules: await rulesOf(options, noRedirects),
        signal,
        what: `image ${imageId}`,
      });
      const image = parseImage(body);
      if (options.auth !== 'caller') requireProject(image, caller);
      return image;
    },
    async send(method, path, caller, signal, more = {}) {
      const json = more.body === undefined ? {} : { 'content-type': 'application/json' };
      return await ask({
        method,
        url: url(path),
        headers: { ...(await callerHeaders(options, caller)), ...json },
        rules: await rulesOf(options, noRedirects),
        signal,
        what: `${method} /v2/images${path}`,
        ...more,
      });
    },
    async transfer(imageId, caller) {
      return {
        url: url(`${pathOf(imageId)}/file`),
        headers: await callerHeaders(options, caller),
        rules: await rulesOf(options, noRedirects),
        mostBytes: options.max_bytes,
      };
    },
  };
  return client;
}

/** Path of an image below `/v2/images`. Glance makes UUIDs, and takes other ids too. @throws ImageError IMAGE_NOT_FOUND */
export function pathOf(imageId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(imageId)) return `/${imageId}`;
  throw new ImageError('IMAGE_NOT_FOUND', `${JSON.stringify(imageId).slice(0, 80)} is no id of an image`);
}
