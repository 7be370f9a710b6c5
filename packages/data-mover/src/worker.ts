/** Entry of the pool's threads: one exported function per task, called by name. */
import { TaskControl } from './control.ts';
import { copyRange } from './copy/copyRange.ts';
import type { CopyRequest, CopyResult } from './copy/request.ts';
import { type DigestRequest, type DigestResult, digestRange } from './digest/digestRange.ts';
import { reply, type TaskMessage, type TaskReply } from './message.ts';

/** See {@link copyRange}. */
export function copy({ request, control }: TaskMessage<CopyRequest>): Promise<TaskReply<CopyResult>> {
  return reply(() => copyRange(request, new TaskControl(control)));
}

/** See {@link digestRange}. */
export function digest({ request, control }: TaskMessage<DigestRequest>): Promise<TaskReply<DigestResult>> {
  return reply(() => digestRange(request, new TaskControl(control)));
}
