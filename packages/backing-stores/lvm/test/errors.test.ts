import { ContractError } from '@scoria/driver-sdk';
import { run } from '@scoria/host-exec';
import { describe, expect, it } from 'vitest';
import { toContractError } from '../src/errors.ts';
import { rejection } from './rejection.ts';

/** The error of a command that prints this to stderr and ends as LVM does. */
const said = (text: string): Promise<unknown> =>
  rejection(run('sh', ['-c', 'printf "%s\\n" "$1" >&2; exit 5', 'sh', text]));

describe('what LVM says', () => {
  // Word by word what lvm2 2.03.16 printed.
  it.each([
    ['  Volume group "vg" not found\n  Cannot process volume group vg', 'BACKEND_UNAVAILABLE'],
    ['  Volume group "vg" has insufficient free space (62910463 extents): 188743680 required.', 'NO_SPACE'],
    ['  Insufficient free space: 188741631 extents needed, but only 62910463 available', 'NO_SPACE'],
    [
      '  Volume too large (<3.91 PiB) for extent size 512 B. Upper limit is less than <2.00 TiB.',
      'SIZE_UNSUPPORTED',
    ],
    ['  Logical volume vg/volume-1 in use.', 'VOLUME_IS_BUSY'],
    ['  Logical volume vg/volume-1 contains a filesystem in use.', 'VOLUME_IS_BUSY'],
    ['  Logical Volume "volume-1" already exists in volume group "vg"', 'COMMAND_FAILED'],
  ])('%j is %s', async (text, code) => {
    const error = toContractError(await said(text), 'creating volume-1');
    expect(error).toMatchObject({ code, message: expect.stringContaining('creating volume-1') });
    expect(error.transcript).toHaveLength(1);
  });

  it('is told from a program that is missing, or did not end', async () => {
    const missing = await rejection(run('no-such-program-of-lvm', []));
    expect(toContractError(missing, 'x').code).toBe('TOOL_MISSING');
    const late = await rejection(run('sleep', ['10'], { deadlineMs: 50 }));
    expect(toContractError(late, 'x').code).toBe('DEADLINE_EXCEEDED');
  });

  it('leaves contract errors as they are, and owns up to what is no error of a command', () => {
    const own = new ContractError('NOT_FOUND', 'there is no volume');
    expect(toContractError(own, 'x')).toBe(own);
    expect(toContractError(new TypeError('y'), 'x')).toMatchObject({ code: 'INTERNAL', message: 'x: y' });
  });
});
