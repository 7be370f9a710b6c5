import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { makePipe } from '@scoria/data-mover';
import {
  type ImageCaller,
  type ImageContent,
  type ImageDescription,
  ImageError,
  type ImageSource,
} from '../../src/index.ts';

/** Somebody who asks. */
export const caller: ImageCaller = { projectId: 'p', userId: 'u', requestId: 'r', token: null };

/** Describes a file as a source would. */
export function describeFile(
  path: string,
  diskFormat: string,
  overrides: Partial<ImageDescription> = {},
): ImageDescription {
  return {
    id: path,
    name: null,
    status: 'active',
    diskFormat,
    containerFormat: 'bare',
    sizeBytes: statSync(path).size,
    virtualSizeBytes: null,
    checksum: { algorithm: 'sha256', hex: createHash('sha256').update(readFileSync(path)).digest('hex') },
    minDiskGib: 0,
    minRamMib: 0,
    properties: {},
    location: null,
    updatedAt: null,
    ...overrides,
  };
}

/** Files of this host by their paths as ids, given in place. */
export const fileSource: ImageSource = {
  name: 'files',
  describe: async () => {
    throw new ImageError('IMAGE_NOT_FOUND', 'described by the test');
  },
  open: async (image) => ({ kind: 'file', path: image.id, close: async () => undefined }),
};

/** The same through a pipe that a child process fills. */
export function pipeSource(program: readonly [string, ...string[]] = ['cat']): ImageSource {
  return { ...fileSource, name: 'pipe', open: async (image) => pour(image.id, program) };
}

function pour(path: string, [program, ...args]: readonly [string, ...string[]]): ImageContent {
  const pipe = makePipe();
  const file = openSync(path, 'r');
  const child = spawn(program, args, { stdio: [file, pipe.writeFd, 'ignore'] });
  closeSync(file);
  closeSync(pipe.writeFd);
  const exited = once(child, 'exit');
  const finished = exited.then(([code]) => {
    if (code !== 0) throw new ImageError('SOURCE_UNAVAILABLE', `the child ended with ${code}`);
  });
  finished.catch(() => undefined);
  let closed = false;
  return {
    kind: 'stream',
    fd: pipe.readFd,
    finished,
    close: async () => {
      if (closed) return;
      closed = true;
      child.kill('SIGKILL');
      await exited;
      closeSync(pipe.readFd);
    },
  };
}
