import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolViolationError } from '../src/errors.ts';
import {
  errorLine,
  exceeds,
  notificationLine,
  parseMessage,
  requestLine,
  resultLine,
} from '../src/message.ts';

const parse = (line: string) => parseMessage(Buffer.from(line.trimEnd()));

describe('golden frames', () => {
  it('writes exactly these bytes', () => {
    expect(requestLine(1, 'createVolume', { a: 'é' })).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"createVolume","params":{"a":"é"}}\n',
    );
    expect(notificationLine('$/cancelRequest', { id: 1 })).toBe(
      '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}\n',
    );
    expect(resultLine(1, undefined)).toBe('{"jsonrpc":"2.0","id":1,"result":null}\n');
    expect(errorLine('x', { code: -32601, message: 'no', data: [1] })).toBe(
      '{"jsonrpc":"2.0","id":"x","error":{"code":-32601,"message":"no","data":[1]}}\n',
    );
  });

  it.each([
    [
      '{"jsonrpc":"2.0","id":"a","method":"m","params":{},"later":1}',
      { kind: 'request', id: 'a', method: 'm', params: {} },
    ],
    ['{"jsonrpc":"2.0","method":"m"}', { kind: 'notification', method: 'm', params: undefined }],
    ['{"jsonrpc":"2.0","id":0,"result":null,"x":1}', { kind: 'result', id: 0, result: null }],
    [
      '{"jsonrpc":"2.0","id":4,"error":{"code":1,"message":"no","x":1}}',
      { kind: 'error', id: 4, error: { code: 1, message: 'no', data: undefined } },
    ],
  ])('reads %s, ignoring unknown members', (line, message) => {
    expect(parse(line)).toEqual(message);
  });

  it.each([
    ['', 'junk'],
    ['hello', 'junk'],
    ['{"jsonrpc":"2.0"', 'junk'],
    ['[]', 'invalid-message'],
    ['[{"jsonrpc":"2.0","id":1,"result":1}]', 'invalid-message'],
    ['null', 'invalid-message'],
    ['7', 'invalid-message'],
    ['{"id":1,"result":1}', 'invalid-message'],
    ['{"jsonrpc":"1.0","id":1,"result":1}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":1}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":null,"method":"m"}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":1.5,"method":"m"}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":1,"method":5}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":null,"result":1}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":1,"error":null}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":{},"error":{"code":1,"message":""}}', 'invalid-message'],
    ['{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse"}}', 'rejected-by-peer'],
  ])('refuses %s as %s', (line, violation) => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ code: 'RPC_PROTOCOL_VIOLATION', violation }));
  });

  it('refuses bytes that are not UTF-8', () => {
    const line = Buffer.from([0x22, 0xff, 0x22]);
    expect(() => parseMessage(line)).toThrow(expect.objectContaining({ violation: 'junk' }));
  });

  it('shows no more than the first characters of junk', () => {
    const canary = 'canary-secret';
    expect(() => parse(`password is ${canary}`)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('canary') }),
    );
  });
});

describe('parseMessage', () => {
  it('round-trips any JSON parameters', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.jsonValue(), (id, method, params) => {
        const message = parse(requestLine(id, method, params));
        expect(JSON.stringify(message)).toBe(JSON.stringify({ kind: 'request', id, method, params }));
      }),
    );
  });

  it('never throws anything but a violation', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          try {
            parseMessage(Buffer.from(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolViolationError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('exceeds', () => {
  it('counts UTF-8 bytes without the newline', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(200), (text, limit) => {
        expect(exceeds(`${text}\n`, limit)).toBe(Buffer.byteLength(text) > limit);
      }),
    );
  });
});
