import { rm } from 'node:fs/promises';
import { BackupError } from '../../errors.ts';
import type { BackupRepository, RepositoryObject } from '../repository.ts';
import { fileContent, memoryContent } from './content.ts';
import { type ByteRange, downloadFile, downloadRange, downloadWhole } from './download.ts';
import { classify, DamagedTransfer } from './failure.ts';
import type { S3RepositoryOptions } from './options.ts';
import { S3Session } from './session.ts';
import { sweepUploads } from './sweep.ts';
import { type ObjectPlace, upload } from './upload.ts';

/** No part of a name of ours begins with a dot, so this is nobody's object; it stays. */
const PROBE = '.probe';
const PROBE_CONTENT = Buffer.from('Scoria checks here that it can write and read.\n');
/** Longer than any upload can take: of what is older, the process is gone. */
const STALE_UPLOAD_MS = 24 * 3600 * 1000;
const NAME = /^(?:[a-z0-9_-][a-z0-9._-]*\/)*[a-z0-9_-][a-z0-9._-]*$/;

/**
 * Objects in a bucket of an S3 server, below a prefix. Objects appear whole or not at all: S3 has no other way. Which of two writers
 * of one name wins is the server's choice.
 */
export class S3Repository implements BackupRepository {
  readonly description: string;
  readonly #options: S3RepositoryOptions;
  readonly #session: S3Session;

  constructor(options: S3RepositoryOptions) {
    this.#options = options;
    this.#session = new S3Session(options);
    this.description = this.#session.description;
  }

  async open(signal?: AbortSignal): Promise<void> {
    const { bucket: Bucket, prefix: Prefix } = this.#options;
    const probe = { Bucket, Key: `${Prefix}${PROBE}`, object: PROBE };
    await upload(this.#session, probe, memoryContent(PROBE_CONTENT), signal);
    const found = await downloadWhole(this.#session, probe, signal);
    if (!PROBE_CONTENT.equals(found))
      throw new BackupError(
        'REPOSITORY_REFUSED',
        `${this.description} does not give back what is put into it`,
      );
    const before = new Date(Date.now() - STALE_UPLOAD_MS);
    await sweepUploads(this.#session, { Bucket, Prefix, before }, signal);
  }

  async put(name: string, content: Uint8Array, signal?: AbortSignal): Promise<void> {
    await upload(this.#session, this.#place(name), memoryContent(content), signal);
  }

  async putFile(name: string, path: string, signal?: AbortSignal): Promise<void> {
    const place = this.#place(name);
    await using content = await fileContent(path, name);
    await upload(this.#session, place, content, signal);
  }

  async get(name: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    const place = this.#place(name);
    return range === undefined
      ? await downloadWhole(this.#session, place, signal)
      : await downloadRange(this.#session, place, range, signal);
  }

  async asFile(
    name: string,
    spool: string,
    signal?: AbortSignal,
  ): Promise<{ readonly path: string; readonly release: () => Promise<void> }> {
    const path = await downloadFile(this.#session, this.#place(name), spool, signal);
    return { path, release: () => rm(path, { force: true }) };
  }

  async size(name: string, signal?: AbortSignal): Promise<number | null> {
    const { Bucket, Key, object } = this.#place(name);
    return await this.#session.request(
      { verb: 'ask for', object },
      async ({ sdk, client, abort }) => {
        try {
          const { ContentLength } = await client.send(new sdk.HeadObjectCommand({ Bucket, Key }), abort);
          if (ContentLength === undefined)
            throw new DamagedTransfer('REPOSITORY_UNAVAILABLE', 'the server does not say how large it is');
          return ContentLength;
        } catch (error) {
          if (classify(error)?.code === 'OBJECT_MISSING') return null;
          throw error;
        }
      },
      signal,
    );
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<RepositoryObject> {
    const { bucket: Bucket, prefix: ours } = this.#options;
    let ContinuationToken: string | undefined;
    let last = '';
    do {
      const input = { Bucket, Prefix: `${ours}${prefix}`, ContinuationToken };
      const page = await this.#session.request(
        { verb: 'list', object: prefix },
        ({ sdk, client, abort }) => client.send(new sdk.ListObjectsV2Command(input), abort),
        signal,
      );
      for (const { Key, Size } of page.Contents ?? []) {
        const name = Key?.startsWith(input.Prefix) === true ? Key.slice(ours.length) : '';
        if (!NAME.test(name) || Size === undefined) continue;
        if (name <= last) throw this.#badListing('is not in the order of names');
        last = name;
        yield { name, bytes: Size };
      }
      const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      if (page.IsTruncated === true && (next === undefined || next === ContinuationToken))
        throw this.#badListing('goes on, but does not say where');
      ContinuationToken = next;
    } while (ContinuationToken !== undefined);
  }

  async remove(name: string, signal?: AbortSignal): Promise<void> {
    const { Bucket, Key, object } = this.#place(name);
    await this.#session.request(
      { verb: 'remove', object },
      async ({ sdk, client, abort }) => {
        try {
          await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }), abort);
        } catch (error) {
          if (classify(error)?.code !== 'OBJECT_MISSING') throw error;
        }
      },
      signal,
    );
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  #place(name: string): ObjectPlace {
    if (!NAME.test(name)) throw new RangeError(`not a name of an object: ${JSON.stringify(name)}`);
    return { Bucket: this.#options.bucket, Key: `${this.#options.prefix}${name}`, object: name };
  }

  #badListing(reason: string): BackupError {
    return new BackupError('REPOSITORY_REFUSED', `${this.description}: the listing ${reason}`);
  }
}
