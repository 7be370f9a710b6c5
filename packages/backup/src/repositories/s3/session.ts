import type { S3Client } from '@aws-sdk/client-s3';
import { BackupError } from '../../errors.ts';
import { readCredentials } from './credentials.ts';
import { classify } from './failure.ts';
import type { S3RepositoryOptions } from './options.ts';
import { repeating } from './retry.ts';

/** The SDK: 140 ms and 30 MiB that only who has an S3 repository shall pay. */
type Sdk = typeof import('@aws-sdk/client-s3');

/** What importing it gives: it is CommonJS, whose names a bundler leaves on `default` alone. */
type Loaded = Sdk | { readonly default: Sdk };

/** What an attempt works with. */
export interface Attempt {
  readonly sdk: Sdk;
  readonly client: S3Client;
  /** For `send`: the caller cancels, or the request takes longer than any request may. */
  readonly abort: { readonly abortSignal: AbortSignal };
  /** From 1. */
  readonly number: number;
}

/** A request may take this many times the allowed silence, however busily the server trickles. */
const LONGEST_IN_TIMEOUTS = 10;

/** Connections to one server, with retries and errors in our own terms. */
export class S3Session {
  readonly description: string;
  readonly #options: S3RepositoryOptions;
  #opened: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | undefined;

  constructor(options: S3RepositoryOptions) {
    this.#options = options;
    this.description = `S3 bucket ${options.bucket} at ${new URL(options.endpoint).origin}`;
  }

  /**
   * Runs one request, again while repeating may help. `run` sends it and reads the answer to its end.
   *
   * @throws BackupError
   */
  async request<Result>(
    what: { readonly verb: string; readonly object?: string },
    run: (attempt: Attempt) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { attempts, retry_seconds: seconds, timeout_seconds: timeout } = this.#options;
    const once = async (number: number): Promise<Result> => {
      signal?.throwIfAborted();
      const { sdk, client } = await this.#open();
      const limit = AbortSignal.timeout(timeout * LONGEST_IN_TIMEOUTS * 1000);
      const abortSignal = signal === undefined ? limit : AbortSignal.any([signal, limit]);
      return await run({ sdk, client, abort: { abortSignal }, number });
    };
    try {
      return await repeating(
        once,
        (error) => classify(error)?.repeatable === true,
        { attempts, totalMs: seconds * 1000 },
        signal,
      );
    } catch (error) {
      throw this.#asBackupError(what, error, signal);
    }
  }

  /** Ends all connections; the next request opens new ones. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.then(
      ({ client }) => client.destroy(),
      () => undefined,
    );
  }

  #asBackupError(
    what: { readonly verb: string; readonly object?: string },
    error: unknown,
    signal: AbortSignal | undefined,
  ): unknown {
    if (error instanceof BackupError) return error;
    const about = what.object === undefined ? {} : { object: what.object };
    if (signal?.aborted)
      return new BackupError('CANCELLED', `cancelled: ${what.verb}`, { ...about, cause: signal.reason });
    const failure = classify(error);
    if (failure === undefined) return error;
    const { code, reason } = failure;
    // The SDK's own error is no cause: it carries the request, its signature included.
    return new BackupError(
      code,
      `${this.description}: ${what.verb}${what.object === undefined ? '' : ` ${what.object}`}: ${reason}`,
      about,
    );
  }

  #open(): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> {
    this.#opened ??= import('@aws-sdk/client-s3').then((loaded: Loaded) => {
      const sdk = 'S3Client' in loaded ? loaded : loaded.default;
      return { sdk, client: this.#client(sdk) };
    });
    return this.#opened;
  }

  #client(sdk: Sdk): S3Client {
    const { endpoint, region, path_style: forcePathStyle, timeout_seconds: timeout } = this.#options;
    return new sdk.S3Client({
      endpoint,
      region,
      forcePathStyle,
      credentials: () => readCredentials(this.#options),
      // Retries are ours: they cover the body too, and what we find wrong in it.
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      // Servers other than AWS refuse its newer checksums; content is checked by MD5 on both sides instead.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      expectContinueHeader: false,
      requestHandler: {
        connectionTimeout: Math.min(timeout, 10) * 1000,
        socketTimeout: timeout * 1000,
        httpAgent: { maxSockets: 16, keepAlive: true },
        httpsAgent: { maxSockets: 16, keepAlive: true },
      },
    });
  }
}
