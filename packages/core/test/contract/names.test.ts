import { backendNameSchema, iscsiNameSchema, operations, wwnSchema } from '@scoria/core/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const hostile = [
  '',
  '.',
  '..',
  '../etc/passwd',
  'volume/../../etc',
  'a..b',
  '/absolute',
  'volume\n',
  'volume\nincominguser x y',
  'volume\r',
  'volume"quote',
  "volume'quote",
  'volume`id`',
  'volume;reboot',
  'volume name',
  'volume\0',
  '-rf',
  '.hidden',
  'x'.repeat(129),
  'x'.repeat(4096),
  'größe',
  '体积',
  'volume\u202e',
  '$(id)',
  '%2e%2e',
];

describe('backend names', () => {
  it.each(hostile)('refuses %j', (name) => {
    expect(backendNameSchema.safeParse(name).success).toBe(false);
  });

  it.each(['volume-4d1b9ad2-2f0e-4a55-8a51-5a3f7d1f0c2e', 'a', 'x'.repeat(128), 'V_1.raw'])(
    'takes %s',
    (name) => {
      expect(backendNameSchema.parse(name)).toBe(name);
    },
  );

  it('accepts only what is one safe path component, whatever the input', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (name) => {
        if (!backendNameSchema.safeParse(name).success) return;
        expect(name).toMatch(/^[\w.-]+$/);
        expect(name).not.toMatch(/\.\.|^[-.]/);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(hostile)('a driver call about volume %j does not pass the boundary', (name) => {
    const volume = { id: '4d1b9ad2-2f0e-4a55-8a51-5a3f7d1f0c2e', name, size: 1 };
    const issues = operations.createVolume.params.safeParse({ volume }).error?.issues ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toContain('volume.name');
  });
});

describe('iSCSI names', () => {
  it.each([
    'iqn.2010-10.org.openstack:volume-1',
    'iqn.1993-08.org.debian:01:abcdef',
    'iqn.2001-04.com.example',
    'eui.02004567A425678D',
    'naa.52004567BA64678D',
    'naa.62004567BA64678D0123456789ABCDEF',
  ])('takes %s (RFC 3720 §3.2.6.3)', (name) => {
    expect(iscsiNameSchema.parse(name)).toBe(name);
  });

  it.each([
    '',
    'iqn',
    'iqn.10-10.org:x',
    'iqn.2010-10.org:a b',
    'iqn.2010-10.org:x\n',
    'eui.12',
    `iqn.2010-10.org:${'x'.repeat(223)}`,
  ])('refuses %j', (name) => {
    expect(iscsiNameSchema.safeParse(name).success).toBe(false);
  });
});

describe('world-wide names', () => {
  it.each(['5001405ab0123456', '50:01:40:5a:b0:12:34:56'])('takes %s', (wwn) => {
    expect(wwnSchema.parse(wwn)).toBe(wwn);
  });
  it.each(['', '5001405ab012345', '50-01-40-5a-b0-12-34-56', '5001405ab0123456\n', '0x5001405ab0123456'])(
    'refuses %j',
    (wwn) => {
      expect(wwnSchema.safeParse(wwn).success).toBe(false);
    },
  );
});
