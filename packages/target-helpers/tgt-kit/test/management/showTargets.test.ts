import { describe, expect, it } from 'vitest';
import { parseTarget, shownMegabytes, splitTargets } from '../../src/management/showTargets.ts';

const block = (tid: number, iqn: string, alias = 'none') => `Target ${tid}: ${iqn}
    System information:
        Driver: iscsi
        State: ready
    I_T nexus information:
        I_T nexus: 5
            Initiator: iqn.2020-01.x:me alias: ${alias}
            Connection: 0
                IP Address: 127.0.0.1
    LUN information:
        LUN: 0
            Type: controller
            SCSI ID: IET     00010000
            SCSI SN: beaf10
            Size: 0 MB, Block size: 1
            Online: Yes
            Removable media: No
            Prevent removal: No
            Readonly: No
            SWP: No
            Thin-provisioning: No
            Backing store type: null
            Backing store path: None
            Backing store flags: 
        LUN: 1
            Type: disk
            SCSI ID: 0123
            SCSI SN: abc
            Size: 67 MB, Block size: 512
            Online: Yes
            Removable media: No
            Prevent removal: No
            Readonly: Yes
            SWP: No
            Thin-provisioning: No
            Backing store type: rdwr
            Backing store path: /dir with blank/v: 1
            Backing store flags: direct sync 
    Account information:
        u1
        u2
        out (outgoing)
    ACL information:
        ALL
        iqn.2020-01.x:me
`;

describe('parseTarget', () => {
  it('reads everything that is shown', () => {
    const blocks = splitTargets(block(1, 'iqn.a:volume-1') + block(10, 'iqn.a:volume-10'));
    expect([...blocks.keys()]).toEqual(['iqn.a:volume-1', 'iqn.a:volume-10']);
    const found = blocks.get('iqn.a:volume-10');
    expect(found && parseTarget(found)).toMatchInlineSnapshot(`
      {
        "accounts": [
          "u1",
          "u2",
        ],
        "acl": [
          "ALL",
          "iqn.2020-01.x:me",
        ],
        "iqn": "iqn.a:volume-10",
        "lld": "iscsi",
        "luns": [
          {
            "blockSize": 1,
            "flags": "",
            "lun": 0,
            "megabytes": 0,
            "online": true,
            "path": null,
            "readOnly": false,
            "removable": false,
            "scsiId": "IET     00010000",
            "serial": "beaf10",
            "storeType": "null",
            "type": "controller",
          },
          {
            "blockSize": 512,
            "flags": "direct sync",
            "lun": 1,
            "megabytes": 67,
            "online": true,
            "path": "/dir with blank/v: 1",
            "readOnly": true,
            "removable": false,
            "scsiId": "0123",
            "serial": "abc",
            "storeType": "rdwr",
            "type": "disk",
          },
        ],
        "sessions": [
          {
            "connections": [
              {
                "address": "127.0.0.1",
                "cid": 0,
              },
            ],
            "initiator": "iqn.2020-01.x:me",
            "sid": 5,
          },
        ],
        "state": "ready",
        "tid": 10,
      }
    `);
  });

  it('finds nothing in an empty listing', () => expect(splitTargets('').size).toBe(0));

  it('refuses text that is no listing', () => expect(() => splitTargets('what')).toThrow(/malformed/));

  it('refuses a target that an alias of an initiator made up', () => {
    const forged = block(1, 'iqn.a:v1', 'x\nTarget 2: iqn.a:v2\n') + block(2, 'iqn.a:v2');
    expect(() => splitTargets(forged)).toThrow(/comes twice/);
  });

  it('refuses an ACL that an alias of an initiator made up', () => {
    const forged = splitTargets(block(1, 'iqn.a:v1', 'x\n    ACL information:\n        ALL')).get('iqn.a:v1');
    expect(() => forged && parseTarget(forged)).toThrow(/twice/);
  });
});

describe('shownMegabytes', () => {
  it.each([
    [64 * 2 ** 20, 67],
    [2 ** 30, 1074],
    [2 ** 40, 1099512],
    [0, 0],
  ])('rounds %d bytes as tgtd does', (bytes, megabytes) => expect(shownMegabytes(bytes)).toBe(megabytes));
});
