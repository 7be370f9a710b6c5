import { closeSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataMover } from '@scoria/data-mover';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createImageTransfer,
  fileBytes,
  inspectBytes,
  inspectionRules,
  RuleBroken,
} from '../../src/index.ts';
import { content, rejection, temporaryDirectory, volume } from '../support/files.ts';
import { hostileCases } from '../support/hostile.ts';
import { caller, describeFile, fileSource } from '../support/sources.ts';

const MIB = 1024 * 1024;
const SECRET = 'the content of a file of this host';
/** Needs an image that is slow rather than wrong. */
const untested = new Set(['any.limits']);

const mover = new DataMover();
beforeAll(() => mover.start());
afterAll(() => mover.close());

/** One of each kind that would make a tool open something else, or write too much. */
const dangerous = hostileCases.filter(({ name }) =>
  [
    'a qcow2 with a file of the host as backing file',
    'a qcow2 with json: as backing file',
    'a qcow2 with its data in a file of the host',
    'a qcow2 that is declared to be raw',
    'a qcow2 larger than the volume by one sector',
    'a qcow2 cut in its data',
    'a vmdk whose extent is a file of the host',
    'a vmdk with the name of a parent',
    'a vmdk that is a descriptor only',
    'a vhd with a parent',
    'a vhdx with a parent',
  ].includes(name),
);

describe('a hostile image is refused by the name of its rule', () => {
  it.each(hostileCases)('$name: $rule', ({ declared, rule, make }) => {
    const directory = temporaryDirectory();
    const canary = join(directory, 'canary');
    writeFileSync(canary, SECRET.padEnd(2 * MIB, SECRET));
    const image = join(directory, 'image');
    make({ directory, canary }, image);
    const fd = openSync(image, 'r');
    try {
      expect(brokenRule(() => inspectBytes(fileBytes(fd), { declared, mostVirtualBytes: 4 * MIB }))).toBe(
        rule,
      );
    } finally {
      closeSync(fd);
    }
  });

  it('has an image for every rule', () => {
    const tested = new Set<string>(hostileCases.map(({ rule }) => rule));
    expect(Object.keys(inspectionRules).filter((rule) => !tested.has(rule) && !untested.has(rule))).toEqual(
      [],
    );
  });
});

describe('nothing is read of the host, and nothing written to the volume', () => {
  it.each(dangerous)('$name: $rule', async ({ declared, rule, code = 'UNSAFE_IMAGE', make }) => {
    const directory = temporaryDirectory();
    const conversionDirectory = temporaryDirectory();
    const canary = join(directory, 'canary');
    writeFileSync(canary, SECRET.padEnd(2 * MIB, SECRET));
    const image = join(directory, 'image');
    make({ directory, canary }, image);
    const destination = volume(join(directory, 'volume'), 4 * MIB, 'stale');
    const before = content(destination.path);
    const transfer = createImageTransfer({ source: fileSource, mover, conversionDirectory });
    const error = await rejection(transfer.writeToVolume(describeFile(image, declared), caller, destination));
    expect(error).toMatchObject({ name: 'ImageError', code, rule });
    expect(content(destination.path).equals(before)).toBe(true);
    expect(readdirSync(conversionDirectory)).toEqual([]);
    expect(String(error)).not.toContain(SECRET);
  });
});

function brokenRule(inspect: () => unknown): string {
  try {
    return `none: ${JSON.stringify(inspect())}`;
  } catch (error) {
    if (error instanceof RuleBroken) return error.rule;
    throw error;
  }
}
