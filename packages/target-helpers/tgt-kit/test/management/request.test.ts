import { Secret } from '@scoria/driver-sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFromNumber, tgtErrorNumbers } from '../../src/management/errors.ts';
import { encodeParameters } from '../../src/management/parameters.ts';
import { programArgv } from '../../src/management/programTransport.ts';
import { decodeReply } from '../../src/management/reply.ts';
import { encodeRequest } from '../../src/management/request.ts';

const reply = (err: number, text: string) => {
  const body = Buffer.from(text);
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeUInt32LE(err, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  body.copy(bytes, 8);
  return bytes;
};

describe('encodeRequest', () => {
  it('lays the fields where tgtd reads them', () => {
    const bytes = encodeRequest({
      action: 'test',
      mode: 'device',
      op: 'update',
      lld: 'iser',
      tid: 7,
      sid: 0x1_0000_0001,
      lun: 3,
      cid: 9,
      force: true,
      parameters: [['scsi_sn', 'abc']],
    });
    expect(bytes.length).toBe(120 + 'scsi_sn=abc\0'.length);
    expect(bytes.readUInt32LE(0)).toBe(2);
    expect(bytes.readUInt32LE(4)).toBe(5);
    expect(bytes.toString('latin1', 8, 13)).toBe('iser\0');
    expect(bytes.readUInt32LE(72)).toBe(bytes.length);
    expect(bytes.readInt32LE(76)).toBe(7);
    expect(bytes.readBigUInt64LE(80)).toBe(0x1_0000_0001n);
    expect(bytes.readBigUInt64LE(88)).toBe(3n);
    expect(bytes.readUInt32LE(96)).toBe(9);
    expect(bytes.readUInt32LE(116)).toBe(1);
    expect(bytes.toString('latin1', 120)).toBe('scsi_sn=abc\0');
  });

  it('says "none" for an absent target id', () => {
    const bytes = encodeRequest({ action: 'test', mode: 'target', op: 'show' });
    expect(bytes.length).toBe(120);
    expect(bytes.readInt32LE(76)).toBe(-1);
  });
});

describe('encodeParameters', () => {
  it('reveals a secret only into the bytes', () => {
    expect(
      encodeParameters([
        ['user', 'u'],
        ['password', new Secret('s3cret')],
      ]).toString(),
    ).toBe('user=u,password=s3cret\0');
  });

  it.each([
    ['a comma', 'a,b'],
    ['a newline', 'a\nb'],
    ['a NUL', 'a\0b'],
    ['nothing', ''],
    ['1024 bytes', 'x'.repeat(1024)],
    ['an equals sign', 'a=b'],
  ])('refuses %s and does not repeat the value', (_, value) => {
    const encode = () => encodeParameters([['targetname', value]]);
    expect(encode).toThrow(expect.objectContaining({ code: 'MALFORMED_PARAMETER' }));
    if (value.length > 2) expect(encode).not.toThrow(new RegExp(value.slice(0, 64).replace(/[^\w]/g, '.')));
  });

  it('lets paths and passwords hold an equals sign', () => {
    expect(encodeParameters([['path', '/a=b']]).toString()).toBe('path=/a=b\0');
  });

  it('refuses more than 8 KiB in all', () => {
    const nine = Array.from({ length: 9 }, (_, index) => [`k${index}`, 'x'.repeat(1000)] as const);
    expect(() => encodeParameters(nine)).toThrow(/8192 bytes/);
  });

  it('never yields more parameters than were given', () => {
    const value = fc.string({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
        let text: string;
        try {
          text = encodeParameters(values.map((each, index) => [`key${index}`, each] as const)).toString();
        } catch (error) {
          expect(error).toMatchObject({ code: 'MALFORMED_PARAMETER' });
          return;
        }
        expect(text.endsWith('\0')).toBe(true);
        const back = text
          .slice(0, -1)
          .split(',')
          .map((pair) => pair.split('='));
        expect(back).toEqual(values.map((each, index) => [`key${index}`, each]));
      }),
    );
  });
});

describe('decodeReply', () => {
  it('gives the text without its NUL', () =>
    expect(decodeReply(reply(0, 'Target 1: x\n\0'), 'list')).toBe('Target 1: x\n'));
  it('gives no text for a bare success', () => expect(decodeReply(reply(0, ''), 'list')).toBe(''));
  it('tells a closed connection', () =>
    expect(() => decodeReply(Buffer.alloc(0), 'list')).toThrow(
      expect.objectContaining({ code: 'DAEMON_CLOSED' }),
    ));
  it('tells a reply that is cut short', () => {
    const cut = reply(0, 'Target 1').subarray(0, 12);
    expect(() => decodeReply(cut, 'list')).toThrow(expect.objectContaining({ code: 'MALFORMED_REPLY' }));
    expect(() => decodeReply(cut.subarray(0, 3), 'list')).toThrow(
      expect.objectContaining({ code: 'MALFORMED_REPLY' }),
    );
  });

  it('gives each of the 24 numbers a code of its own', () => {
    expect(tgtErrorNumbers).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
    const codes = new Set(tgtErrorNumbers.map((number) => errorFromNumber(number, 'x').code));
    expect(codes.size).toBe(24);
    expect(errorFromNumber(4711, 'x')).toMatchObject({ code: 'UNKNOWN', number: 4711 });
  });
});

describe('programArgv', () => {
  it('says a request in the words of tgtadm', () => {
    expect(
      programArgv({
        action: 'x',
        mode: 'device',
        op: 'new',
        lld: 'iscsi',
        tid: 3,
        lun: 1,
        parameters: [
          ['path', '/f'],
          ['bstype', 'rdwr'],
        ],
      }),
    ).toEqual([
      '--mode',
      'logicalunit',
      '--op',
      'new',
      '--lld',
      'iscsi',
      '--tid',
      '3',
      '--lun',
      '1',
      '--backing-store',
      '/f',
      '--bstype',
      'rdwr',
    ]);
  });

  it('refuses a secret', () => {
    const request = {
      action: 'create account u',
      mode: 'account',
      op: 'new',
      parameters: [
        ['user', 'u'],
        ['password', new Secret('s3cret')],
      ],
    } as const;
    expect(() => programArgv(request)).toThrow(expect.objectContaining({ code: 'PROGRAM_UNUSABLE' }));
    expect(() => programArgv(request)).not.toThrow(/s3cret/);
  });
});
