import { spawn } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  openSync,
  readdirSync,
  readSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataMover, makePipe } from '@scoria/data-mover';
import {
  freePort,
  type Glance,
  glanceTokens,
  noGlance,
  startGlance,
  type TemporaryDirectory,
  temporaryDirectory,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageSource, imageSourceOptionsSchema } from '../../src/sources/createImageSource.ts';
import type { ImageContent, ImageSource, ImageStore } from '../../src/sources/imageSource.ts';
import { startBadRoad } from './badRoad.ts';
import {
  bytesOf,
  callerOf,
  checksumOf,
  draftOf,
  failure,
  never,
  noise,
  transferPids,
  visibleOf,
} from './contentAndCallers.ts';

if (noGlance !== undefined) console.warn(`skipped: ${noGlance}`);

const MIB = 1024 * 1024;
const alice = callerOf('project-a', glanceTokens.alice);
const bob = callerOf('project-b', glanceTokens.bob);

describe.skipIf(noGlance !== undefined)('a real Glance', { timeout: 60_000 }, () => {
  let directory: TemporaryDirectory;
  let glance: Glance;
  let source: ImageSource;
  let store: ImageStore;

  beforeAll(async () => {
    directory = await temporaryDirectory('scoria-glance-');
    glance = await startGlance(directory.path, { auth: 'tokens' });
    source = sourceOf();
    store = storeOf(source);
  }, 90_000);

  afterAll(async () => {
    await glance?.stop();
    await directory?.[Symbol.asyncDispose]();
  });

  function sourceOf(options: Record<string, unknown> = {}): ImageSource {
    const parsed = imageSourceOptionsSchema.parse({
      type: 'glance',
      url: `${glance.url}/`,
      auth: 'caller',
      timeout: 10,
      tries: 2,
      poll_seconds: 0.05,
      ...options,
    });
    return createImageSource(parsed, { mover: new DataMover() });
  }

  function storeOf(of: ImageSource): ImageStore {
    if (of.store === undefined) throw new Error('it stores images');
    return of.store;
  }

  function fileOf(bytes: Buffer): string {
    const path = join(directory.path, `upload-${bytes.toString('hex', 0, 8)}`);
    writeFileSync(path, bytes);
    return path;
  }

  async function uploaded(bytes: Buffer): Promise<string> {
    const { id } = await store.create(draftOf(), alice, never);
    await store.upload(id, { kind: 'file', path: fileOf(bytes) }, alice, never);
    return id;
  }

  async function opened(id: string, of = source, signal = never): Promise<ImageContent & { kind: 'stream' }> {
    const content = await of.open(await of.describe(id, alice, signal), alice, signal);
    if (content.kind !== 'stream') throw new Error('Glance sends streams');
    return content;
  }

  it('keeps what is uploaded from a file, describes it, gives it back and removes it', async () => {
    const bytes = noise(5_000_003);
    const properties = { os_distro: 'debian', size: '1', os_glance_x: 'reserved' };
    const created = await store.create(draftOf({ name: 'ünïcode', properties }), alice, never);
    expect(created).toMatchObject({ status: 'queued', name: 'ünïcode', sizeBytes: null, checksum: null });
    await failure(source.open(created, alice, never), 'IMAGE_NOT_ACTIVE');
    const stored = await store.upload(created.id, { kind: 'file', path: fileOf(bytes) }, alice, never);
    expect(stored).toEqual({
      ...created,
      status: 'active',
      sizeBytes: bytes.length,
      virtualSizeBytes: bytes.length,
      checksum: checksumOf(bytes),
      minDiskGib: 1,
      minRamMib: 64,
      properties: { os_distro: 'debian' },
      location: `file://${glance.images}/${created.id}`,
      updatedAt: stored.updatedAt,
    });
    expect(await source.describe(created.id, alice, never)).toEqual(stored);
    expect(await bytesOf(await source.open(stored, alice, never))).toEqual(bytes);
    await store.remove(created.id, alice, never);
    await store.remove(created.id, alice, never);
    await failure(source.describe(created.id, alice, never), 'IMAGE_NOT_FOUND');
    expect(readdirSync(glance.images)).not.toContain(created.id);
    expect(glance.process().output()).toContain(`[None ${alice.requestId} alice project-a`);
  });

  it('keeps what a pipe gives, though nobody knows its length before', async () => {
    const bytes = noise(3_000_001);
    const { id } = await store.create(draftOf({ diskFormat: 'qcow2' }), alice, never);
    const pipe = makePipe();
    const filler = spawn('cat', [fileOf(bytes)], { stdio: ['ignore', pipe.writeFd, 'ignore'] });
    closeSync(pipe.writeFd);
    try {
      const stored = await store.upload(id, { kind: 'stream', fd: pipe.readFd }, alice, never);
      expect(stored).toMatchObject({
        status: 'active',
        sizeBytes: bytes.length,
        checksum: checksumOf(bytes),
      });
      expect(filler.exitCode).toBe(0);
    } finally {
      closeSync(pipe.readFd);
    }
  });

  it('shows nothing of one project to another', async () => {
    const id = await uploaded(noise(1000));
    const image = await source.describe(id, alice, never);
    await failure(source.describe(id, bob, never), 'IMAGE_NOT_FOUND');
    await failure(source.open(image, bob, never), 'IMAGE_NOT_FOUND');
    await failure(store.upload(id, { kind: 'file', path: fileOf(noise(10)) }, bob, never), 'IMAGE_NOT_FOUND');
    await store.remove(id, bob, never);
    expect(await source.describe(id, alice, never)).toEqual(image);
  });

  it('tells refusals apart, and shows no token', async () => {
    const thief = callerOf('project-a', 'canary-token-of-nobody');
    const id = await uploaded(noise(1000));
    const image = await source.describe(id, alice, never);
    const refusals = [
      () => source.describe(id, thief, never),
      () => source.open(image, thief, never),
      () => store.create(draftOf(), thief, never),
      () => store.upload(id, { kind: 'file', path: fileOf(noise(10)) }, thief, never),
      () => store.remove(id, thief, never),
      () => source.describe(id, callerOf('project-a', 'canary token\r\nX-Evil: 1'), never),
      () => source.describe(id, callerOf('project-a'), never),
      // A member may not make an image public, has it already, and Glance knows no such format.
      () => store.create(draftOf({ visibility: 'public' }), alice, never),
      () => store.upload(id, { kind: 'file', path: fileOf(noise(10)) }, alice, never),
      () => store.create(draftOf({ diskFormat: 'luks' }), alice, never),
    ];
    for (const refusal of refusals) {
      const error = await failure(refusal(), 'SOURCE_REFUSED');
      expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('canary');
    }
    await failure(source.describe('no-such-image', alice, never), 'IMAGE_NOT_FOUND');
    await failure(source.describe('../../v2/images', alice, never), 'IMAGE_NOT_FOUND');
    const kept = await store.create(draftOf({ protected: true }), alice, never);
    await failure(store.remove(kept.id, alice, never), 'SOURCE_REFUSED');
  });

  it('takes a token from a file that is its owner’s alone', async () => {
    const path = join(directory.path, 'token');
    writeFileSync(path, `${glanceTokens.alice}\n`, { mode: 0o600 });
    const id = await uploaded(noise(1000));
    const nobody = callerOf('project-a');
    const byFile = sourceOf({ auth: 'token_file', token_file: path });
    expect(await byFile.describe(id, nobody, never)).toMatchObject({ id, status: 'active' });
    writeFileSync(path, glanceTokens.bob);
    await failure(byFile.describe(id, nobody, never), 'IMAGE_NOT_FOUND');
    const open = sourceOf({ auth: 'token_file', token_file: '/etc/hostname' });
    expect((await failure(open.describe(id, nobody, never), 'SOURCE_REFUSED')).message).toMatch(
      /others may read/,
    );
    await failure(sourceOf({ auth: 'none' }).describe(id, alice, never), 'SOURCE_REFUSED');
  });

  it('shows a project its own images and public ones, though every request has the token of the service', async () => {
    const path = join(directory.path, 'service-token');
    writeFileSync(path, `${glanceTokens.admin}\n`, { mode: 0o600 });
    const service = sourceOf({ auth: 'token_file', token_file: path });
    const [mine, theirs] = [callerOf('project-m'), callerOf('project-t')];
    const { id } = await storeOf(service).create(draftOf({ name: 'stamped' }), mine, never);
    expect(await service.describe(id, mine, never)).toMatchObject({ id });
    await failure(service.describe(id, theirs, never), 'IMAGE_NOT_FOUND');
    await storeOf(service).remove(id, theirs, never);
    expect(await service.describe(id, mine, never), 'another project removed it').toMatchObject({ id });
    const alices = await uploaded(noise(1000));
    expect(await service.describe(alices, callerOf('project-a'), never)).toMatchObject({ id: alices });
    await failure(service.describe(alices, theirs, never), 'IMAGE_NOT_FOUND');
    await storeOf(service).remove(id, mine, never);
    await failure(service.describe(id, mine, never), 'IMAGE_NOT_FOUND');
  });

  it('notices a byte that changed in the store', async () => {
    const bytes = noise(2 * MIB);
    const id = await uploaded(bytes);
    const fd = openSync(join(glance.images, id), 'r+');
    writeSync(fd, Buffer.from([(bytes[MIB] ?? 0) ^ 1]), 0, 1, MIB);
    closeSync(fd);
    await failure(bytesOf(await opened(id)), 'CHECKSUM_MISMATCH');
  });

  it('notices an image that is shorter than it was', async () => {
    const id = await uploaded(noise(2 * MIB));
    truncateSync(join(glance.images, id), MIB);
    await failure(bytesOf(await opened(id)), 'SOURCE_UNAVAILABLE');
  });

  it('moves bytes by a process without privileges that shows no token, and ends it when it is closed', async () => {
    const id = await uploaded(noise(16 * MIB));
    const content = await opened(id);
    const [pid = 0, ...others] = await transferPids();
    expect(others).toEqual([]);
    expect(await visibleOf(pid)).not.toContain(glanceTokens.alice);
    if (process.geteuid?.() === 0) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
      expect(status).toMatch(/^Groups:\s*$/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
    }
    await content.close();
    await content.close();
    expect(await transferPids()).toEqual([]);
    await failure(content.finished, 'CANCELLED');
  });

  it('is cancelled at once, in both directions', async () => {
    const id = await uploaded(noise(16 * MIB));
    const download = new AbortController();
    const content = await opened(id, source, download.signal);
    const { id: next } = await store.create(draftOf(), alice, never);
    const upload = new AbortController();
    const pipe = makePipe();
    const sending = store.upload(next, { kind: 'stream', fd: pipe.readFd }, alice, upload.signal);
    await waitFor('both to run', async () => (await transferPids()).length === 2);
    const started = performance.now();
    download.abort();
    upload.abort();
    await failure(content.finished, 'CANCELLED');
    await failure(sending, 'CANCELLED');
    await content.close();
    expect(await transferPids()).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2_000);
    closeSync(pipe.readFd);
    closeSync(pipe.writeFd);
    await waitFor('Glance to have noticed', async () => {
      await store.remove(next, alice, never);
      return true;
    });
  });

  it('goes on where it was when Glance is killed in the middle and comes back', async () => {
    const bytes = noise(24 * MIB);
    const id = await uploaded(bytes);
    const content = await opened(id, sourceOf({ tries: 12 }));
    const first = Buffer.alloc(100_000);
    const head = first.subarray(0, readSync(content.fd, first));
    await glance.kill();
    const rest = readAll(content);
    await glance.restart();
    expect(Buffer.concat([head, await rest]).equals(bytes)).toBe(true);
    await content.finished;
    await content.close();
  });

  it('fails when Glance is killed in the middle and stays away; what it half took in can be removed', async () => {
    const id = await uploaded(noise(24 * MIB));
    const content = await opened(id);
    const { id: next } = await store.create(draftOf(), alice, never);
    const pipe = makePipe();
    const sending = store.upload(next, { kind: 'stream', fd: pipe.readFd }, alice, never);
    // It may fail before it is looked at: the kill takes its time.
    const refused = failure(sending, 'SOURCE_UNAVAILABLE');
    writeSync(pipe.writeFd, noise(MIB));
    await waitFor('Glance to take it', () => readdirSync(glance.images).includes(next));
    await glance.kill();
    const rest = readAll(content);
    await failure(content.finished, 'SOURCE_UNAVAILABLE');
    expect((await rest).length).toBeLessThan(24 * MIB);
    await content.close();
    writeSync(pipe.writeFd, noise(1000));
    await refused;
    closeSync(pipe.readFd);
    closeSync(pipe.writeFd);
    await failure(source.describe(id, alice, never), 'SOURCE_UNAVAILABLE');
    await glance.restart();
    expect(await source.describe(next, alice, never)).toMatchObject({ status: 'saving' });
    await store.remove(next, alice, never);
    await failure(source.describe(next, alice, never), 'IMAGE_NOT_FOUND');
  });

  it('notices that what Glance stored is not what was sent', async () => {
    await using road = await startBadRoad(glance.url, ({ method }) =>
      method === 'PUT' ? 'flip a bit' : null,
    );
    const by = storeOf(sourceOf({ url: road.url }));
    const { id } = await by.create(draftOf(), alice, never);
    const bytes = noise(300_000);
    const error = await failure(
      by.upload(id, { kind: 'file', path: fileOf(bytes) }, alice, never),
      'CHECKSUM_MISMATCH',
    );
    expect(error.message).toMatch(/^image .* has the (md5|sha512) /);
    await by.remove(id, alice, never);
  });

  it('asks again when Glance fails for a moment, but makes no image twice', async () => {
    const asked: string[] = [];
    await using road = await startBadRoad(glance.url, ({ method = '', url = '' }, response) => {
      asked.push(`${method} ${url.endsWith('/file') ? 'file' : ''}`.trim());
      if (asked.filter((each) => each === asked.at(-1)).length > 1) return null;
      response.writeHead(503).end();
      return 'handled';
    });
    const by = sourceOf({ url: `${road.url}/v2/` });
    const bytes = noise(300_000);
    const id = await uploaded(bytes);
    const image = await by.describe(id, alice, never);
    expect((await bytesOf(await by.open(image, alice, never))).equals(bytes)).toBe(true);
    await storeOf(by).remove(id, alice, never);
    await failure(storeOf(by).create(draftOf(), alice, never), 'SOURCE_UNAVAILABLE');
    expect(asked.sort()).toEqual(['DELETE', 'DELETE', 'GET', 'GET', 'GET', 'GET file', 'GET file', 'POST']);
  });

  it.each([
    [413, 'SOURCE_REFUSED'],
    [403, 'SOURCE_REFUSED'],
    [410, 'IMAGE_NOT_FOUND'],
    [307, 'SOURCE_REFUSED'],
    [500, 'SOURCE_UNAVAILABLE'],
  ] as const)('says what an upload ended with that was answered with %s', async (status, code) => {
    await using road = await startBadRoad(glance.url, (request, response) => {
      if (request.method !== 'PUT') return null;
      // Closing with bytes unread resets the connection, and an answer may be lost with it.
      request.resume().once('end', () => {
        response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('<h1>so</h1>it is');
      });
      return 'handled';
    });
    const by = storeOf(sourceOf({ url: road.url }));
    const { id } = await by.create(draftOf(), alice, never);
    const error = await failure(
      by.upload(id, { kind: 'file', path: fileOf(noise(1_000_000)) }, alice, never),
      code,
    );
    expect(error.message).toMatch(new RegExp(`HTTP ${status}: it is$`));
  });

  it('is unavailable where nobody listens', async () => {
    const nowhere = sourceOf({ url: `http://127.0.0.1:${await freePort()}` });
    await failure(nowhere.describe('x', alice, never), 'SOURCE_UNAVAILABLE');
    await failure(storeOf(nowhere).create(draftOf(), alice, never), 'SOURCE_UNAVAILABLE');
  });
});

async function readAll(content: ImageContent & { kind: 'stream' }): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream('', { fd: content.fd, autoClose: false })) pieces.push(piece);
  return Buffer.concat(pieces);
}
