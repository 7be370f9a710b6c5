import type { TaskControl } from '../control.ts';
import { checkPath } from '../copy/request.ts';
import { openEndpoint } from '../endpoint.ts';
import { LocationList } from './location.ts';
import { PackCipher } from './packCipher.ts';
import { PackReader } from './packReader.ts';
import type { CheckFramesRequest, CheckFramesResult, FrameProblem } from './request.ts';
import { openZstd } from './zstd.ts';

const zstd = openZstd();

/** Reads frames of a pack and proves each to be what was stored. @throws DataMoverError; `source` is the pack */
export async function checkFrames(
  request: CheckFramesRequest,
  control: TaskControl,
): Promise<CheckFramesResult> {
  checkPath('pack', request.pack.path);
  control.begin();
  const locations = new LocationList(request.locations);
  const pack = openEndpoint('source', request.pack.path, undefined);
  try {
    const { blockSize, hashKey } = request;
    const cipher = request.pack.key === null ? null : new PackCipher(request.pack.key);
    const reader = new PackReader(pack, { cipher, zstd, hashKey, blockSize, control });
    const last = locations.count - 1;
    const ahead = last < 0 ? 0 : locations.offset(last) + locations.length(last);
    const problems: FrameProblem[] = [];
    let checkedBytes = 0;
    for (let at = 0; at < locations.count; at += 1) {
      control.throwIfCancelled();
      const offset = locations.offset(at);
      const length = locations.length(at);
      const block = reader.read({ hash: locations.hash(at), pack: 0, offset, length }, ahead);
      if (typeof block === 'string') problems.push({ offset, message: block });
      checkedBytes += length;
      control.advance(length);
    }
    return { checkedBytes, problems };
  } finally {
    pack.close();
  }
}
