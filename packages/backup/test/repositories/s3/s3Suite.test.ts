import { S3Repository } from '../../../src/repositories/s3/s3Repository.ts';
import { repositorySuite } from '../repositorySuite.ts';
import { bucketOptions, skipReason, useSwift } from './server.ts';

const server = useSwift();

repositorySuite("s3 (OpenStack Swift's s3api)", skipReason, () => ({
  make: async () => new S3Repository(await bucketOptions(server())),
}));
