/** Entry of the pool's threads: one exported function per task, called by name. */
import { checkBlocks as checkBlocksTask } from './blocks/checkBlocks.ts';
import { checkFrames as checkFramesTask } from './blocks/checkFrames.ts';
import { clearExtents as clearExtentsTask } from './blocks/clearExtents.ts';
import type {
  CheckBlocksRequest,
  CheckBlocksResult,
  CheckFramesRequest,
  CheckFramesResult,
  ClearExtentsRequest,
  RestoreBlocksRequest,
  RestoreBlocksResult,
  StoreBlocksRequest,
  StoreBlocksResult,
} from './blocks/request.ts';
import { restoreBlocks as restoreBlocksTask } from './blocks/restoreBlocks.ts';
import { storeBlocks as storeBlocksTask } from './blocks/storeBlocks.ts';
import { compareRange } from './compare/compareRange.ts';
import type { CompareRequest, CompareResult } from './compare/request.ts';
import { TaskControl } from './control.ts';
import { copyRange } from './copy/copyRange.ts';
import { helpCopy as helpCopyTask } from './copy/helpCopy.ts';
import type { CopyResult } from './copy/request.ts';
import { type DigestRequest, type DigestResult, digestRange } from './digest/digestRange.ts';
import { setThreadNice } from './libc/threadNice.ts';
import { type CopyMessage, reply, type TaskMessage, type TaskReply } from './message.ts';
import { receive as receiveTask } from './stream/receive.ts';
import type { ReceiveRequest, SendRequest, StreamResult } from './stream/request.ts';
import { send as sendTask } from './stream/send.ts';
import type { WipeRequest, WipeResult } from './wipe/request.ts';
import { wipeRange } from './wipe/wipeRange.ts';

/** Requests that somebody waits for come first: the API is answered by another thread of this process. */
const NICE = 5;
setThreadNice(NICE);

/** See {@link copyRange}. */
export function copy({ request, control, shared, shards }: CopyMessage): Promise<TaskReply<CopyResult>> {
  return reply(() => copyRange(request, new TaskControl(control), shared, shards));
}

/** See {@link helpCopyTask}. */
export function helpCopy({ request, control, shared, shard }: CopyMessage): Promise<TaskReply<void>> {
  return reply(() => helpCopyTask(request, new TaskControl(control), shared, shard));
}

/** See {@link receiveTask}. */
export function receive({ request, control }: TaskMessage<ReceiveRequest>): Promise<TaskReply<StreamResult>> {
  return reply(() => receiveTask(request, new TaskControl(control)));
}

/** See {@link sendTask}. */
export function send({ request, control }: TaskMessage<SendRequest>): Promise<TaskReply<StreamResult>> {
  return reply(() => sendTask(request, new TaskControl(control)));
}

/** See {@link digestRange}. */
export function digest({ request, control }: TaskMessage<DigestRequest>): Promise<TaskReply<DigestResult>> {
  return reply(() => digestRange(request, new TaskControl(control)));
}

/** See {@link wipeRange}. */
export function wipe({ request, control }: TaskMessage<WipeRequest>): Promise<TaskReply<WipeResult>> {
  return reply(() => wipeRange(request, new TaskControl(control)));
}

/** See {@link compareRange}. */
export function compare({
  request,
  control,
}: TaskMessage<CompareRequest>): Promise<TaskReply<CompareResult>> {
  return reply(() => compareRange(request, new TaskControl(control)));
}

/** See `blocks/storeBlocks.ts`. */
export function storeBlocks({
  request,
  control,
}: TaskMessage<StoreBlocksRequest>): Promise<TaskReply<StoreBlocksResult>> {
  return reply(() => storeBlocksTask(request, new TaskControl(control)));
}

/** See `blocks/restoreBlocks.ts`. */
export function restoreBlocks({
  request,
  control,
}: TaskMessage<RestoreBlocksRequest>): Promise<TaskReply<RestoreBlocksResult>> {
  return reply(() => restoreBlocksTask(request, new TaskControl(control)));
}

/** See `blocks/clearExtents.ts`. */
export function clearExtents({
  request,
  control,
}: TaskMessage<ClearExtentsRequest>): Promise<TaskReply<void>> {
  return reply(() => clearExtentsTask(request, new TaskControl(control)));
}

/** See `blocks/checkFrames.ts`. */
export function checkFrames({
  request,
  control,
}: TaskMessage<CheckFramesRequest>): Promise<TaskReply<CheckFramesResult>> {
  return reply(() => checkFramesTask(request, new TaskControl(control)));
}

/** See `blocks/checkBlocks.ts`. */
export function checkBlocks({
  request,
  control,
}: TaskMessage<CheckBlocksRequest>): Promise<TaskReply<CheckBlocksResult>> {
  return reply(() => checkBlocksTask(request, new TaskControl(control)));
}
