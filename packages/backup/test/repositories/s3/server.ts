import { type Swift, startSwift, swiftMissing, temporaryDirectory } from '@scoria-test/support';
import { afterAll, beforeAll } from 'vitest';
import { type S3RepositoryOptions, s3RepositoryOptions } from '../../../src/repositories/s3/options.ts';

/** Why there is no S3 server here, if so. */
export const skipReason = await swiftMissing();
if (skipReason !== undefined) console.warn(`SKIPPED tests with an S3 server: ${skipReason}`);

/** A Swift for the tests of a file. */
export function useSwift(): () => Swift {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>> | undefined;
  let swift: Swift | undefined;
  beforeAll(async () => {
    if (skipReason !== undefined) return;
    directory = await temporaryDirectory();
    swift = await startSwift(directory.path);
  }, 60_000);
  afterAll(async () => {
    await swift?.stop();
    await directory?.[Symbol.asyncDispose]();
  });
  return () => {
    if (swift === undefined) throw new Error('swift is not running');
    return swift;
  };
}

let buckets = 0;

/** Options for a new bucket of the server; `endpoint` when something stands between. Quick to give up. */
export async function bucketOptions(
  swift: Swift,
  changes: Partial<Record<keyof S3RepositoryOptions, unknown>> = {},
): Promise<S3RepositoryOptions> {
  buckets += 1;
  const bucket = `bucket-${buckets}`;
  await swift.createBucket(bucket);
  return s3RepositoryOptions.parse({
    endpoint: swift.endpoint,
    region: swift.region,
    bucket,
    access_key_id: swift.accessKeyId,
    secret_access_key: swift.secretAccessKey,
    ...changes,
  });
}
