import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { Secret } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { IscsiSession } from '../../src/index.ts';
import { chapResponse } from '../../src/iscsi/chap.ts';
import { BHS_LENGTH, decodePdu, decodeText, encodeLun, encodePdu, encodeText } from '../../src/iscsi/pdu.ts';
import { parsePortal } from '../../src/iscsi/portal.ts';

describe('PDUs', () => {
  it('survive being cut anywhere', () => {
    const whole = Buffer.concat([
      encodePdu(Buffer.alloc(BHS_LENGTH, 7).fill(0, 4, 8), Buffer.from('hello')),
      encodePdu(Buffer.alloc(BHS_LENGTH), Buffer.alloc(0)),
    ]);
    for (let cut = 0; cut < BHS_LENGTH + 8; cut += 1) expect(decodePdu(whole.subarray(0, cut))).toBeNull();
    const first = decodePdu(whole);
    expect(first?.pdu.data.toString()).toBe('hello');
    expect(decodePdu(first?.rest ?? Buffer.alloc(0))).toMatchObject({ rest: Buffer.alloc(0) });
  });

  it('keep text keys with "=" in their values', () => {
    const keys = { TargetName: 'iqn.2010-10.org:a=b', CHAP_C: '0xAB' };
    expect(Object.fromEntries(decodeText(encodeText(keys)))).toEqual(keys);
  });

  it('encode LUNs by peripheral and flat addressing', () => {
    expect(encodeLun(1).toString('hex')).toBe('0001000000000000');
    expect(encodeLun(255).toString('hex')).toBe('00ff000000000000');
    expect(encodeLun(256).toString('hex')).toBe('4100000000000000');
  });
});

describe('CHAP', () => {
  it('answers hexadecimal and base64 challenges alike', () => {
    const secret = new Secret('s3cret-s3cret');
    const challenge = Buffer.from('0123456789abcdef');
    const expected = createHash('md5')
      .update(Buffer.from([9]))
      .update('s3cret-s3cret')
      .update(challenge);
    const hex = `0x${expected.digest('hex')}`;
    expect(chapResponse('9', `0x${challenge.toString('hex')}`, secret)).toBe(hex);
    expect(chapResponse('9', `0b${challenge.toString('base64')}`, secret)).toBe(hex);
    expect(() => chapResponse('9', 'junk', secret)).toThrow(/CHAP_C/);
    expect(() => chapResponse('300', '0x00', secret)).toThrow(/CHAP_I/);
  });
});

describe('portals', () => {
  it.each([
    ['10.0.0.1:3261', { host: '10.0.0.1', port: 3261 }],
    ['10.0.0.1', { host: '10.0.0.1', port: 3260 }],
    ['[fd00::1]:3262', { host: 'fd00::1', port: 3262 }],
    ['storage.example:3260', { host: 'storage.example', port: 3260 }],
  ])('%s', (text, portal) => expect(parsePortal(text)).toEqual(portal));

  it.each(['', 'fd00::1', 'a:0', 'a:70000', 'a b:1', '[fd00::1'])('refuses "%s"', (text) =>
    expect(() => parsePortal(text)).toThrow(/not a portal/),
  );
});

describe('a portal that speaks no iSCSI', () => {
  it.each([
    ['sends junk', (write: (data: Buffer) => void) => write(Buffer.alloc(4096, 0xff)), /PROTOCOL/],
    ['closes', (_: unknown, end: () => void) => end(), /CLOSED/],
    ['says nothing', () => undefined, /STOPPED/],
  ] as const)('%s', async (_name, behave, code) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () =>
        behave(
          (data) => socket.write(data),
          () => socket.end(),
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const params = { initiatorName: 'iqn.2026-11.test:a', targetName: 'iqn.2026-11.test:b', chap: null };
    const signal = AbortSignal.timeout(300);
    await expect(IscsiSession.open({ host: '127.0.0.1', port }, params, signal)).rejects.toMatchObject({
      code: expect.stringMatching(code),
    });
    server.close();
  });
});
