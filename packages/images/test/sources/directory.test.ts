import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DataMover, makePipe } from '@scoria/data-mover';
import { startProcess, type TemporaryDirectory, temporaryDirectory, waitFor } from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageSource } from '../../src/sources/createImageSource.ts';
import type { ImageSource, ImageStore } from '../../src/sources/imageSource.ts';
import { bytesOf, callerOf, checksumOf, draftOf, failure, never, noise } from './contentAndCallers.ts';

const mover = new DataMover({ maxThreads: 2 });
const alice = callerOf('project-a');
const bob = callerOf('project-b');
let directory: TemporaryDirectory;
let path: string;
let source: ImageSource;
let store: ImageStore;

beforeAll(async () => {
  mover.start();
  directory = await temporaryDirectory('scoria-images-');
  path = join(directory.path, 'images');
  mkdirSync(path);
  source = createImageSource({ type: 'directory', path, read_only: false }, { mover });
  if (source.store === undefined) throw new Error('it stores images');
  store = source.store;
});
afterAll(async () => {
  await mover.close();
  await directory[Symbol.asyncDispose]();
});

const at = (name: string): string => join(path, name);

describe('the directory source', () => {
  it('describes a file by its name alone, and never by its content', async () => {
    const qcow2 = Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), noise(1000)]);
    const formats = {
      'a.raw': 'raw',
      'a.qcow2': 'qcow2',
      'a.VHDX': 'vhdx',
      'a.vpc': 'vhd',
      'a.img': null,
      a: null,
    };
    for (const [name, diskFormat] of Object.entries(formats)) {
      writeFileSync(at(name), qcow2);
      const image = await source.describe(name, bob, never);
      expect(image).toEqual({
        id: name,
        name,
        status: 'active',
        diskFormat,
        containerFormat: 'bare',
        sizeBytes: qcow2.length,
        virtualSizeBytes: null,
        checksum: null,
        minDiskGib: 0,
        minRamMib: 0,
        properties: {},
        location: null,
        updatedAt: statSync(at(name)).mtime.toISOString(),
      });
      const content = await source.open(image, bob, never);
      expect(content).toMatchObject({ kind: 'file', path: at(name) });
      expect(await bytesOf(content)).toEqual(qcow2);
    }
  });

  it('believes the description beside a file', async () => {
    const bytes = noise(1000);
    writeFileSync(at('debian'), bytes);
    const sidecar = {
      name: 'Debian 12',
      disk_format: 'qcow2',
      size: 1000,
      virtual_size: 2_000_000,
      os_hash_algo: 'sha512',
      os_hash_value: checksumOf(bytes).hex,
      min_disk: 3,
      min_ram: 512,
      properties: { os_distro: 'debian' },
      updated_at: '2026-01-01T00:00:00Z',
    };
    writeFileSync(at('debian.json'), JSON.stringify(sidecar));
    expect(await source.describe('debian', alice, never)).toEqual({
      id: 'debian',
      name: 'Debian 12',
      status: 'active',
      diskFormat: 'qcow2',
      containerFormat: 'bare',
      sizeBytes: 1000,
      virtualSizeBytes: 2_000_000,
      checksum: checksumOf(bytes),
      minDiskGib: 3,
      minRamMib: 512,
      properties: { os_distro: 'debian' },
      location: null,
      updatedAt: '2026-01-01T00:00:00Z',
    });
    truncateSync(at('debian'), 999);
    const changed = await source.describe('debian', alice, never);
    expect(changed.status).toBe('unusable');
    await failure(source.open(changed, alice, never), 'IMAGE_NOT_ACTIVE');
    for (const wrong of [
      '',
      '[]',
      '{}',
      JSON.stringify({ ...sidecar, disk_fromat: 'raw' }),
      `"${'x'.repeat(70_000)}"`,
    ]) {
      writeFileSync(at('debian.json'), wrong);
      await failure(source.describe('debian', alice, never), 'SOURCE_UNAVAILABLE');
    }
    // Nobody's: a description that a person wrote names no project.
    writeFileSync(at('debian.json'), JSON.stringify({ ...sidecar, size: 999 }));
    await failure(store.remove('debian', alice, never), 'SOURCE_REFUSED');
  });

  it('leads nowhere else', async () => {
    const outside = join(directory.path, 'outside.raw');
    writeFileSync(outside, 'secret');
    symlinkSync(outside, at('link.raw'));
    symlinkSync('a.raw', at('inside.raw'));
    writeFileSync(at('described.raw'), 'x');
    symlinkSync(outside, at('described.raw.json'));
    mkdirSync(at('folder.raw'));
    execFileSync('mkfifo', [at('fifo.raw')]);
    for (const name of ['link.raw', 'inside.raw', 'described.raw', 'folder.raw', 'fifo.raw']) {
      const error = await failure(source.describe(name, alice, never), 'SOURCE_REFUSED');
      expect(error.message).not.toContain('secret');
    }
    writeFileSync(at('.hidden.raw'), 'x');
    const names = [
      '../outside.raw',
      outside,
      '',
      '.',
      '..',
      '.hidden.raw',
      'debian.json',
      'a/b',
      'a\0',
      'x'.repeat(200),
    ];
    for (const name of names) await failure(source.describe(name, alice, never), 'IMAGE_NOT_FOUND');
    const elsewhere = createImageSource(
      { type: 'directory', path: at('nowhere'), read_only: false },
      { mover },
    );
    await failure(elsewhere.describe('a.raw', alice, never), 'SOURCE_UNAVAILABLE');
  });

  it.skipIf(process.geteuid?.() !== 0)('names what it may not read', async () => {
    writeFileSync(at('closed.raw'), 'x', { mode: 0o600 });
    chmodSync(directory.path, 0o755);
    process.setegid?.(65534);
    process.seteuid?.(65534);
    try {
      const error = await failure(source.describe('closed.raw', alice, never), 'SOURCE_REFUSED');
      expect(error.message).toContain('EACCES');
      await failure(store.create(draftOf(), alice, never), 'SOURCE_REFUSED');
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
    }
  });

  it('stores what a file holds, for its project only', async () => {
    const bytes = noise(1_000_003);
    const file = join(directory.path, 'to-upload');
    writeFileSync(file, bytes);
    const created = await store.create(draftOf(), alice, never);
    expect(created).toMatchObject({ status: 'queued', name: 'an image', sizeBytes: null, checksum: null });
    await failure(source.open(created, alice, never), 'IMAGE_NOT_ACTIVE');
    const stored = await store.upload(created.id, { kind: 'file', path: file }, alice, never);
    expect(stored).toEqual({
      ...created,
      status: 'active',
      sizeBytes: bytes.length,
      checksum: checksumOf(bytes, 'sha256'),
      updatedAt: stored.updatedAt,
    });
    expect(await bytesOf(await source.open(stored, alice, never))).toEqual(bytes);
    await failure(source.describe(created.id, bob, never), 'IMAGE_NOT_FOUND');
    await failure(source.open(stored, bob, never), 'IMAGE_NOT_FOUND');
    await failure(store.upload(created.id, { kind: 'file', path: file }, alice, never), 'SOURCE_REFUSED');
    await store.remove(created.id, bob, never);
    expect(await source.describe(created.id, alice, never)).toEqual(stored);
    await store.remove(created.id, alice, never);
    await store.remove(created.id, alice, never);
    expect(readdirSync(path).filter((name) => name.includes(created.id))).toEqual([]);
  });

  it('stores what a pipe gives', async () => {
    const bytes = Buffer.concat([noise(500_001), Buffer.alloc(1_000_000), noise(3)]);
    const file = join(directory.path, 'to-pipe');
    writeFileSync(file, bytes);
    const { id } = await store.create(draftOf({ visibility: 'public', protected: true }), alice, never);
    const pipe = makePipe();
    spawn('cat', [file], { stdio: ['ignore', pipe.writeFd, 'ignore'] });
    closeSync(pipe.writeFd);
    try {
      const stored = await store.upload(id, { kind: 'stream', fd: pipe.readFd }, alice, never);
      expect(stored).toMatchObject({ sizeBytes: bytes.length, checksum: checksumOf(bytes, 'sha256') });
      expect((await bytesOf(await source.open(stored, bob, never))).equals(bytes)).toBe(true);
    } finally {
      closeSync(pipe.readFd);
    }
    await failure(store.remove(id, bob, never), 'SOURCE_REFUSED');
    await failure(store.remove(id, alice, never), 'SOURCE_REFUSED');
  });

  it('leaves nothing of an upload that is cancelled or fails', async () => {
    const { id } = await store.create(draftOf(), alice, never);
    const before = readdirSync(path);
    const pipe = makePipe();
    const aborter = new AbortController();
    const uploading = store.upload(id, { kind: 'stream', fd: pipe.readFd }, alice, aborter.signal);
    await waitFor('it to begin', () => readdirSync(path).length > before.length);
    aborter.abort();
    await failure(uploading, 'CANCELLED');
    closeSync(pipe.readFd);
    closeSync(pipe.writeFd);
    symlinkSync(at('a.raw'), join(directory.path, 'link-to-upload'));
    const link = { kind: 'file', path: join(directory.path, 'link-to-upload') } as const;
    await failure(store.upload(id, link, alice, never), 'SOURCE_REFUSED');
    expect(readdirSync(path)).toEqual(before);
    expect(await source.describe(id, alice, never)).toMatchObject({ status: 'queued' });
    expect(createImageSource({ type: 'directory', path, read_only: true }, { mover }).store).toBeUndefined();
  });

  it('shows only whole images after a kill at any moment', async () => {
    const busy = join(directory.path, 'busy');
    mkdirSync(busy);
    const bytes = noise(300_000);
    const file = join(directory.path, 'busy-file');
    writeFileSync(file, bytes);
    const killed = createImageSource({ type: 'directory', path: busy, read_only: false }, { mover });
    const program = new URL('./fixtures/busyDirectory.ts', import.meta.url).pathname;
    for (let round = 0; round < 5; round += 1) {
      const running = startProcess(process.execPath, [
        '--conditions=scoria-source',
        program,
        busy,
        file,
        'project-a',
      ]);
      try {
        await waitFor(
          'rounds',
          () => running.child.exitCode !== null || running.output().split('ok').length > 3,
        );
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
      } finally {
        await running.stop('SIGKILL');
      }
      expect(running.output().replaceAll('ok\n', '')).toBe('');
      const names = readdirSync(busy).filter((name) => !name.startsWith('.'));
      for (const id of new Set(names.map((name) => name.replace(/\.json$/, '')))) {
        expect(existsSync(join(busy, `${id}.json`))).toBe(true);
        const image = await killed.describe(id, alice, never);
        await failure(killed.describe(id, bob, never), 'IMAGE_NOT_FOUND');
        if (image.status === 'active') {
          expect(image.checksum).toEqual(checksumOf(bytes, 'sha256'));
          expect(readFileSync(join(busy, id)).equals(bytes)).toBe(true);
        } else expect(['queued', 'unusable']).toContain(image.status);
      }
    }
    await killed.store?.create(draftOf(), alice, never);
    expect(readdirSync(busy).filter((name) => name.startsWith('.'))).toEqual([]);
  }, 60_000);
});
