export { BlockTable } from './blocks/blockTable.ts';
export { HASH_BYTES, LOCATION_BYTES, type Location, LocationList, ZERO_BLOCK } from './blocks/location.ts';
export type {
  ByteRange,
  CheckBlocksRequest,
  CheckBlocksResult,
  CheckFramesRequest,
  CheckFramesResult,
  ClearExtentsRequest,
  FrameProblem,
  PackFile,
  RestoreBlocksRequest,
  RestoreBlocksResult,
  StoreBlocksRequest,
  StoreBlocksResult,
} from './blocks/request.ts';
export type { CompareRequest, CompareResult } from './compare/request.ts';
export type { CopyEndpoint, CopyMethod, CopyRequest, CopyResult } from './copy/request.ts';
export { DataMover, type DataMoverOptions, type Progress, type TaskOptions } from './dataMover.ts';
export type { DigestRequest, DigestResult } from './digest/digestRange.ts';
export { type Endpoint, openEndpoint } from './endpoint.ts';
export { DataMoverError, type DataMoverErrorCode, type ErrorFacts, type Side } from './errors.ts';
export type { Identity } from './identity/identity.ts';
export type { IoOptions, IoPriority } from './ioOptions.ts';
export { makePipe, type Pipe } from './libc/pipe.ts';
export type { ReceiveRequest, SendRequest, StreamHash, StreamResult } from './stream/request.ts';
export type { WipeGuarantee, WipeRequest, WipeResult } from './wipe/request.ts';
