import { Secret } from '@scoria/driver-sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatConf } from '../../src/conf/format.ts';
import { parseConf } from '../../src/conf/parse.ts';
import { newAnchor, sameRecord, type TargetRecord } from '../../src/record.ts';

const record: TargetRecord = {
  name: 'volume-1',
  iqn: 'iqn.2010-10.org.openstack:volume-1',
  tid: 7,
  lld: 'iscsi',
  lun: 1,
  path: '/var/lib/scoria/volume-1',
  serial: '6f2c0a52-8f9d-4b8e-9d2e-0a1b2c3d4e5f',
  scsiId: 'abcd6f2c0a528f9d4b8e9d2e0a1b2c3d4e5f',
  writeCache: true,
  thin: true,
  blockSize: 512,
  flags: null,
  anchor: newAnchor('AnchorPassword22'),
  access: [
    {
      initiator: 'iqn.1993-08.org.debian:01:one',
      chap: { username: 'u1', password: new Secret('secret-1') },
      readOnly: false,
    },
    {
      initiator: 'iqn.1993-08.org.debian:01:two',
      chap: { username: 'u2', password: new Secret('secret-2') },
      readOnly: true,
    },
  ],
  allAddresses: false,
};

describe('the configuration file', () => {
  it('is in the syntax of targets.conf(5)', () =>
    expect(formatConf(record)).toMatchInlineSnapshot(`
    "# Written by Scoria for volume-1; changes are lost.
    <target iqn.2010-10.org.openstack:volume-1>
      controller_tid 7
      driver iscsi
      initiator-address 255.255.255.255
      incominguser scoria-anchor AnchorPassword22
      # access iqn.1993-08.org.debian:01:one rw
      initiator-name iqn.1993-08.org.debian:01:one
      incominguser u1 secret-1
      # access iqn.1993-08.org.debian:01:two ro
      initiator-name iqn.1993-08.org.debian:01:two
      incominguser u2 secret-2
      <backing-store /var/lib/scoria/volume-1>
        lun 1
        scsi_sn 6f2c0a52-8f9d-4b8e-9d2e-0a1b2c3d4e5f
        scsi_id abcd6f2c0a528f9d4b8e9d2e0a1b2c3d4e5f
        write-cache on
        block-size 512
        params thin_provisioning=1
        readonly 0
      </backing-store>
    </target>
    "
  `));

  it('lets no address in beside the names, unless the names need it', () => {
    expect(formatConf(record)).toContain('\n  initiator-address 255.255.255.255\n');
    expect(formatConf({ ...record, lld: 'iser', allAddresses: true })).toContain(
      '\n  initiator-address ALL\n',
    );
  });

  it('is read back as it was written', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9._:/=+*-]{1,30}$/);
    const access = fc.record({
      initiator: word.map((text) => `iqn.2020-01.x:${text}`),
      chap: fc.option(
        fc.record({
          username: word.map((text) => `u${text}`),
          password: word.map((text) => new Secret(text)),
        }),
      ),
      readOnly: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.record({
          tid: fc.nat(),
          lun: fc.nat(255),
          path: word.map((text) => `/${text}`),
          lld: fc.constantFrom('iscsi' as const, 'iser' as const),
          writeCache: fc.boolean(),
          thin: fc.boolean(),
          blockSize: fc.constantFrom(512, 4096),
          flags: fc.option(fc.constantFrom('sync', 'sync:direct')),
          access: fc.array(access, { maxLength: 4 }),
          allAddresses: fc.boolean(),
        }),
        (changes) => {
          const written = { ...record, ...changes };
          expect(sameRecord(parseConf('volume-1', formatConf(written)), written)).toBe(true);
        },
      ),
    );
  });

  it('keeps an initiator with no CHAP apart from its neighbour with CHAP', () => {
    const [one, two] = record.access;
    if (!one || !two) throw new Error('two initiators');
    const parsed = parseConf('volume-1', formatConf({ ...record, access: [{ ...one, chap: null }, two] }));
    expect(parsed.access.map((each) => each.chap?.username ?? null)).toEqual([null, 'u2']);
  });

  it.each(['a b', 'a#b', 'a"b', 'a\\b', 'a<b', 'a,b', 'a\nb', 'ä', ''])(
    'refuses the password %j without repeating it',
    (bad) => {
      const wrong = {
        ...record,
        access: [
          {
            initiator: 'iqn.2020-01.x:y',
            chap: { username: 'u', password: new Secret(bad) },
            readOnly: false,
          },
        ],
      };
      expect(() => formatConf(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      if (bad.length > 2) expect(() => formatConf(wrong)).not.toThrow(bad);
    },
  );

  it.each([
    ['cut short', formatConf(record).slice(0, -12), /cut short/],
    ['without a file', formatConf(record).replace(/<backing-store .*>/, ''), /backing-store/],
    [
      'with an account out of place',
      formatConf(record).replace(/ {2}# access .*one rw\n.*\n/, ''),
      /account out of place/,
    ],
    [
      'with an initiator out of place',
      formatConf(record).replace(/ {2}# access .*one rw\n/, ''),
      /initiator out of place/,
    ],
    ['with a driver of another world', formatConf(record).replace('driver iscsi', 'driver nvme'), /driver/],
  ])('is refused %s, and no secret is repeated', (_, text, why) => {
    expect(() => parseConf('volume-1', text)).toThrow(why);
    expect(() => parseConf('volume-1', text)).not.toThrow(/secret-/);
  });
});
