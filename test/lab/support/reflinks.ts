import { mkdir } from 'node:fs/promises';
import { run } from '@scoria/host-exec';

const IMAGE = '/run/reflinks.img';
const FOLDER = '/mnt/reflinks';

/** Has temporary folders made on a file system with reflinks, as long as it is not disposed of: the guest's `/tmp` has none, and a volume in use is cloned by nothing else. */
export async function useReflinks(): Promise<AsyncDisposable> {
  const before = process.env['TMPDIR'];
  await run('modprobe', ['-a', 'btrfs', 'loop']);
  await run('truncate', ['--size=1G', IMAGE]);
  await run('mkfs.btrfs', ['-q', IMAGE], { deadlineMs: 120_000 });
  await mkdir(FOLDER, { recursive: true });
  await run('mount', ['-o', 'loop', IMAGE, FOLDER]);
  process.env['TMPDIR'] = FOLDER;
  return {
    [Symbol.asyncDispose]: async () => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      await run('umount', [FOLDER]);
    },
  };
}
