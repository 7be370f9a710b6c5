import { describe, expect, it } from 'vitest';
import { mpathWwid } from '../../src/multipath/mpathWwid.ts';
import { handleOf, parseHandle } from '../../src/openiscsi/attachment.ts';
import { replaceKeys } from '../../src/openiscsi/nodeRecord.ts';
import { samePortal } from '../../src/openiscsi/sessions.ts';
import { kernelLun } from '../../src/scsi/kernelLun.ts';

describe('names and numbers', () => {
  it('compares portals whole (D11), IPv6 addresses however they are written', () => {
    expect(samePortal('10.0.0.1:3260', '10.0.0.1')).toBe(true);
    expect(samePortal('10.0.0.1:3260', '10.0.0.10:3260')).toBe(false);
    expect(samePortal('10.0.0.1:3260', '10.0.0.1:3261')).toBe(false);
    expect(samePortal('[fd00::1]:3260', '[FD00:0:0:0::1]:3260')).toBe(true);
    expect(samePortal('[fd00::1]:3260', '[fd00::10]:3260')).toBe(false);
    expect(samePortal('Array.example:3260', 'array.example:3260')).toBe(true);
  });

  it('replaces settings in a node record and takes stale credentials out', () => {
    const record =
      '# BEGIN RECORD\nnode.session.auth.password = old\nnode.startup = automatic\nnode.name = x\n# END RECORD\n';
    const wanted = new Map([
      ['node.startup', 'manual'],
      ['node.session.auth.authmethod', 'None'],
    ]);
    expect(replaceKeys(record, wanted)).toBe(
      '# BEGIN RECORD\nnode.name = x\nnode.startup = manual\nnode.session.auth.authmethod = None\n# END RECORD\n',
    );
  });

  it('counts LUNs as the kernel does', () => {
    expect([
      kernelLun(1),
      kernelLun(300),
      kernelLun(255, 'SAM2'),
      kernelLun(256, 'SAM2'),
      kernelLun(1, 'SAM3-flat'),
    ]).toEqual([1, 300, 255, 16640, 16385]);
  });

  it('names maps as scsi_id does', () => {
    expect(mpathWwid('naa.6001405ABC')).toBe('36001405abc');
    expect(mpathWwid('eui.0011')).toBe('20011');
    expect(mpathWwid('t10.IET     00010001')).toBeNull();
    expect(mpathWwid('')).toBeNull();
  });

  it('reads the handles that it writes, and no others', () => {
    const attachment = {
      transport: 'iser' as const,
      addressing: 'SAM2' as const,
      addresses: [
        { portal: '[fd00::1]:3260', iqn: 'iqn.a', lun: 1 },
        { portal: '10.0.0.2:3260', iqn: 'iqn.b', lun: 300 },
      ],
    };
    expect(parseHandle(handleOf(attachment))).toEqual(attachment);
    for (const handle of [
      '',
      'iscsi SAM',
      'iscsi SAM 10.0.0.1:3260 iqn.a',
      'tcp SAM p i 1',
      'iscsi SAM p i 1 p i x',
    ])
      expect(() => parseHandle(handle)).toThrow(/no handle/);
  });
});
