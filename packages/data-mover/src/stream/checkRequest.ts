import { checkBytes, checkPath } from '../copy/request.ts';
import { DataMoverError } from '../errors.ts';
import { checkIoOptions } from '../ioOptions.ts';
import type { ReceiveRequest, SendRequest, StreamHash } from './request.ts';

const hashes: ReadonlySet<StreamHash> = new Set(['md5', 'sha1', 'sha256', 'sha512']);

/** @throws DataMoverError INVALID_REQUEST */
export function checkReceiveRequest(request: ReceiveRequest): void {
  checkPath('destination', request.destination.path);
  const offset = checkBytes('destination.offset', request.destination.offset ?? 0);
  checkBytes('most', request.most);
  checkBytes('destination.offset + most', offset + request.most);
  if (request.length !== null) checkBytes('length', request.length);
  if (request.length !== null && request.length > request.most)
    throw invalid(`length ${request.length} is more than the most of ${request.most}`);
  checkCommon(request);
}

/** @throws DataMoverError INVALID_REQUEST */
export function checkSendRequest(request: SendRequest): void {
  checkPath('source', request.source.path);
  const offset = checkBytes('source.offset', request.source.offset ?? 0);
  checkBytes('source.offset + length', offset + checkBytes('length', request.length));
  checkCommon(request);
}

function checkCommon(request: ReceiveRequest | SendRequest): void {
  if (!Number.isInteger(request.fd) || request.fd < 0) throw invalid(`${request.fd} is no descriptor`);
  for (const name of request.hashes) if (!hashes.has(name)) throw invalid(`no hash algorithm ${name}`);
  checkIoOptions(request.io);
}

function invalid(message: string): DataMoverError {
  return new DataMoverError('INVALID_REQUEST', message);
}
