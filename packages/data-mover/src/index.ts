export type { CopyEndpoint, CopyMethod, CopyRequest, CopyResult } from './copy/request.ts';
export { DataMover, type DataMoverOptions, type Progress, type TaskOptions } from './dataMover.ts';
export type { DigestRequest, DigestResult } from './digest/digestRange.ts';
export { DataMoverError, type DataMoverErrorCode, type ErrorFacts, type Side } from './errors.ts';
export type { Identity } from './identity/identity.ts';
