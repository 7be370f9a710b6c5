import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertToVolume } from '../../src/convert/toVolume.ts';
import {
  type Accepted,
  type ByteSource,
  type DiskFormat,
  defaultLimits,
  ImageError,
  inspectBytes,
  inspectionRules,
  RuleBroken,
  Sandbox,
} from '../../src/index.ts';
import { TABLE_BUDGET } from '../../src/inspect/tableWalk.ts';
import { isRaw } from '../../src/transfer/checkImage.ts';
import { openImage } from '../../src/transfer/openImage.ts';
import { content, endpointOf, noise, qemuImg, sparseFile } from '../support/files.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const MOST = 4 * MIB;
const DISK = 2 * MIB;
const SECRET = 'what no image may bring to light';
/** More than any inspection reads beside tables. */
const READS = TABLE_BUDGET + 4 * MIB;
const RUNS = 150;
/** How many of the mutants that a family gets past the inspector are converted. */
const CONVERTED = 2;

/** Part of an image that is changed, over and over. */
interface Family {
  readonly name: string;
  readonly format: DiskFormat;
  readonly make: readonly string[];
  /** Where the bytes that are changed begin, and how many there are. */
  readonly from: number | ((image: Buffer) => number);
  readonly length: number;
}

const q3 = ['-O', 'qcow2', '-o', 'cluster_size=4096'];
const q2 = ['-O', 'qcow2', '-o', 'cluster_size=4096,compat=0.10'];
const subclusters = ['-O', 'qcow2', '-o', 'extended_l2=on,cluster_size=16384'];
const vhdx = ['-O', 'vhdx', '-o', 'block_size=1048576'];
const fixed = ['-O', 'vpc', '-o', 'subformat=fixed,force_size=on'];
const families: readonly Family[] = [
  { name: 'qcow2 v3 header', format: 'qcow2', make: q3, from: 0, length: 112 },
  { name: 'qcow2 v3 extensions', format: 'qcow2', make: q3, from: 104, length: 600 },
  { name: 'qcow2 v2 header', format: 'qcow2', make: q2, from: 0, length: 72 },
  { name: 'qcow2 v2 extensions', format: 'qcow2', make: q2, from: 72, length: 200 },
  { name: 'qcow2 L1 table', format: 'qcow2', make: q3, from: (image) => image.readUInt32BE(44), length: 64 },
  { name: 'qcow2 L2 table', format: 'qcow2', make: q3, from: l2Of, length: 4096 },
  { name: 'qcow2 L2 table, compressed', format: 'qcow2', make: ['-c', ...q3], from: l2Of, length: 4096 },
  { name: 'qcow2 L2 table, subclusters', format: 'qcow2', make: subclusters, from: l2Of, length: 4096 },
  { name: 'vmdk header', format: 'vmdk', make: ['-O', 'vmdk'], from: 0, length: 80 },
  { name: 'vmdk descriptor', format: 'vmdk', make: ['-O', 'vmdk'], from: 512, length: 500 },
  {
    name: 'vmdk grain directory',
    format: 'vmdk',
    make: ['-O', 'vmdk'],
    from: (image) => image.readUInt32LE(56) * 512,
    length: 16,
  },
  {
    name: 'vmdk stream header',
    format: 'vmdk',
    make: ['-O', 'vmdk', '-o', 'subformat=streamOptimized'],
    from: 0,
    length: 80,
  },
  { name: 'vdi header', format: 'vdi', make: ['-O', 'vdi'], from: 0x40, length: 0x190 },
  { name: 'vdi block map', format: 'vdi', make: ['-O', 'vdi'], from: 512, length: 8 },
  { name: 'vhd footer copy', format: 'vhd', make: ['-O', 'vpc'], from: 0, length: 90 },
  { name: 'vhd dynamic header', format: 'vhd', make: ['-O', 'vpc'], from: 512, length: 64 },
  { name: 'vhd allocation table', format: 'vhd', make: ['-O', 'vpc'], from: 1536, length: 16 },
  { name: 'vhd fixed footer', format: 'vhd', make: fixed, from: (image) => image.length - 512, length: 90 },
  { name: 'vhdx headers', format: 'vhdx', make: vhdx, from: 64 * KIB, length: 80 },
  { name: 'vhdx region table', format: 'vhdx', make: vhdx, from: 192 * KIB, length: 96 },
  { name: 'vhdx metadata table', format: 'vhdx', make: vhdx, from: metadataOf, length: 200 },
  {
    name: 'vhdx metadata items',
    format: 'vhdx',
    make: vhdx,
    from: (image) => metadataOf(image) + 64 * KIB,
    length: 48,
  },
  { name: 'iso descriptor', format: 'iso', make: ['-O', 'raw'], from: 32 * KIB, length: 64 },
  { name: 'raw head', format: 'raw', make: ['-O', 'raw'], from: 0, length: 512 },
];

function l2Of(image: Buffer): number {
  return Number(image.readBigUInt64BE(image.readUInt32BE(44)) & 0x00ff_ffff_ffff_fe00n);
}

function metadataOf(image: Buffer): number {
  const entry = image.indexOf(Buffer.from('06a27c8b90479a4bb8fe575f050f886e', 'hex'), 192 * KIB);
  return Number(image.readBigUInt64LE(entry + 16));
}

const directory = mkdtempSync(join(tmpdir(), 'images-fuzz-'));
const canary = join(directory, 'canary');
const bases = new Map<string, Buffer>();

beforeAll(() => {
  writeFileSync(canary, SECRET.repeat(4096));
  const raw = sparseFile(join(directory, 'raw'), DISK, [
    { offset: 0, data: noise(40_000, 3) },
    { offset: MIB + 4096, data: noise(30_000, 4) },
  ]);
  for (const { make } of families) {
    const key = make.join(' ');
    if (bases.has(key)) continue;
    const path = join(directory, 'base');
    qemuImg('convert', '-f', 'raw', ...make, raw, path);
    bases.set(key, readFileSync(path));
    rmSync(path);
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What is put into the bytes: noise, numbers that programs stumble over, magics and names. */
const interesting = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      0n,
      1n,
      2n,
      3n,
      4n,
      0x1ffn,
      0x200n,
      0xffffn,
      0x10000n,
      0x7fff_ffffn,
      0x8000_0000n,
      0xffff_ffffn,
      2n ** 53n,
      2n ** 63n - 1n,
      2n ** 63n,
      2n ** 64n - 1n,
    )
    .chain((value) =>
      fc.constantFrom(
        (): Buffer => {
          const bytes = Buffer.alloc(8);
          bytes.writeBigUInt64BE(value);
          return bytes;
        },
        (): Buffer => {
          const bytes = Buffer.alloc(8);
          bytes.writeBigUInt64LE(value);
          return bytes;
        },
        (): Buffer => {
          const bytes = Buffer.alloc(4);
          bytes.writeUInt32BE(Number(value & 0xffff_ffffn));
          return bytes;
        },
        (): Buffer => {
          const bytes = Buffer.alloc(4);
          bytes.writeUInt32LE(Number(value & 0xffff_ffffn));
          return bytes;
        },
      ),
    )
    .map((make) => make()),
  fc
    .constantFrom(
      'QFI\xfb',
      'KDMV',
      'COWD',
      'conectix',
      'vhdxfile',
      'LUKS\xba\xbe',
      'QED\0',
      'CD001',
      'DATA',
      '\xe2\x79\x2a\xca',
    )
    .map((text) => Buffer.from(text, 'latin1')),
  fc
    .constantFrom(
      canary,
      `json:{"driver":"raw","file":{"driver":"file","filename":"${canary}"}}`,
      `file:${canary}`,
      'nbd:127.0.0.1:1',
      `\nRW 4096 FLAT "${canary}" 0\n`,
      `\nparentFileNameHint="${canary}"\n`,
    )
    .map((text) => Buffer.from(text)),
);
/** What is done to an image. */
interface Mutation {
  readonly changes: readonly { readonly at: number; readonly bytes: Buffer }[];
  readonly left: number;
}
const mutations: fc.Arbitrary<Mutation> = fc.record({
  changes: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), bytes: interesting }), {
    minLength: 1,
    maxLength: 5,
  }),
  /** Share of the file that is left; mostly all. */
  left: fc.oneof(
    { weight: 8, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  ),
});

/** A changed image, not copied until it must be. */
interface Mutant {
  readonly source: ByteSource;
  readonly readBytes: () => number;
  readonly whole: () => Buffer;
}

function mutate({ make, from, length }: Family, { changes, left }: Mutation): Mutant {
  const base = bases.get(make.join(' ')) ?? Buffer.alloc(0);
  const start = typeof from === 'number' ? from : from(base);
  const sizeBytes = Math.ceil(left * base.length);
  let total = 0;
  const read = (offset: number, bytes: number): Buffer => {
    total += bytes;
    const piece = Buffer.from(base.subarray(offset, Math.min(offset + bytes, sizeBytes)));
    for (const { at, bytes: change } of changes) {
      const place = start + Math.floor(at * length) - offset;
      if (place < 0) change.subarray(-place).copy(piece, 0);
      else change.copy(piece, place);
    }
    return piece;
  };
  return { source: { sizeBytes, read }, readBytes: () => total, whole: () => read(0, sizeBytes) };
}

/** The answer, which there must always be: typed, in time, and with bounded reading. */
function inspected({ source, readBytes }: Mutant, declared: DiskFormat): Accepted | null {
  const started = performance.now();
  try {
    const accepted = inspectBytes(source, { declared, mostVirtualBytes: MOST });
    expect(accepted.virtualSizeBytes).toBeLessThanOrEqual(MOST);
    if (!isRaw(accepted.format)) expect((accepted.virtualSizeBytes ?? 0) % 512).toBe(0);
    return accepted;
  } catch (error) {
    if (!(error instanceof RuleBroken)) throw error;
    expect(inspectionRules).toHaveProperty([error.rule]);
    return null;
  } finally {
    expect(readBytes()).toBeLessThanOrEqual(READS);
    expect(performance.now() - started).toBeLessThan(5_000);
  }
}

const sandbox = new Sandbox();

/** What was accepted is converted as it would be: whatever qemu makes of it, it makes of this file alone. */
async function convertsAlone(image: Buffer, { format, virtualSizeBytes }: Accepted): Promise<void> {
  if (isRaw(format) || virtualSizeBytes === null) return;
  const path = join(directory, 'mutant');
  const volume = join(directory, 'volume');
  writeFileSync(path, image);
  writeFileSync(volume, Buffer.alloc(MOST, 'stale'));
  const opened = openImage(path);
  try {
    await convertToVolume(
      {
        image: { path, fd: opened.fd, access: 'read' },
        imageInMemory: true,
        format,
        virtualSizeBytes,
        destination: endpointOf(volume, false),
        signal: new AbortController().signal,
      },
      { sandbox, limits: defaultLimits },
    );
  } catch (error) {
    if (!(error instanceof ImageError) || error.code !== 'CONVERSION_FAILED') throw error;
  } finally {
    opened.close();
  }
  const after = content(volume);
  expect(after.includes(SECRET)).toBe(false);
  expect(statSync(volume).size).toBe(MOST);
  expect(
    after.subarray(virtualSizeBytes).equals(Buffer.alloc(MOST, 'stale').subarray(virtualSizeBytes)),
  ).toBe(true);
  expect(content(path).equals(image)).toBe(true);
}

describe.each(families)('$name, changed in every way', (family) => {
  it('is answered for, and what is accepted stays within the rules', async () => {
    const accepted: { image: Buffer; as: Accepted }[] = [];
    fc.assert(
      fc.property(mutations, (mutation) => {
        const mutant = mutate(family, mutation);
        const as = inspected(mutant, family.format);
        if (as !== null && accepted.length < CONVERTED) accepted.push({ image: mutant.whole(), as });
      }),
      { numRuns: RUNS },
    );
    for (const { image, as } of accepted) await convertsAlone(image, as);
  });
});
