import { encodeParameters, type Parameters } from './parameters.ts';
import { type Lld, Mode, type ModeName, NO_TID, Op, type OpName, REQUEST_HEADER_BYTES } from './protocol.ts';

/** One request to tgtd. */
export interface ManagementRequest {
  /** What is asked, for error messages: `create target iqn…`. Never a secret. */
  readonly action: string;
  readonly mode: ModeName;
  readonly op: OpName;
  /** Absent: tgtd takes its first driver, which is iscsi. */
  readonly lld?: Lld;
  /** Target id; absent means none, or all. */
  readonly tid?: number;
  readonly sid?: number;
  readonly lun?: number;
  readonly cid?: number;
  readonly force?: boolean;
  readonly parameters?: Parameters;
}

const LLD_OFFSET = 8;
const LLD_BYTES = 64;

/** The bytes of a request. The buffer holds secrets in plain text when its parameters do: wipe it after sending. */
export function encodeRequest(request: ManagementRequest): Buffer {
  const parameters = encodeParameters(request.parameters ?? []);
  const length = REQUEST_HEADER_BYTES + parameters.length;
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(Mode[request.mode], 0);
  bytes.writeUInt32LE(Op[request.op], 4);
  if (request.lld !== undefined) bytes.write(request.lld, LLD_OFFSET, LLD_BYTES - 1, 'latin1');
  bytes.writeUInt32LE(length, 72);
  bytes.writeInt32LE(request.tid ?? NO_TID, 76);
  bytes.writeBigUInt64LE(BigInt(request.sid ?? 0), 80);
  bytes.writeBigUInt64LE(BigInt(request.lun ?? 0), 88);
  bytes.writeUInt32LE(request.cid ?? 0, 96);
  // host_no @100, device_type @104 (0 = disk), account direction @108 (0 = incoming) and pack @112 stay zero.
  bytes.writeUInt32LE(request.force ? 1 : 0, 116);
  parameters.copy(bytes, REQUEST_HEADER_BYTES);
  parameters.fill(0);
  return bytes;
}
