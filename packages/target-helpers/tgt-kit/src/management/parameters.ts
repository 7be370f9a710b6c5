import { isSecret, type Secret } from '@scoria/driver-sdk';
import { TgtError } from './errors.ts';
import { MAX_PARAMETER_BYTES } from './protocol.ts';

/** A parameter's value; a secret is revealed only into the request's bytes. */
export type ParameterValue = string | number | Secret;

/** Parameters in the order in which they are sent: tgtd takes some by position (the password follows the user). */
export type Parameters = readonly (readonly [key: string, value: ParameterValue])[];

const KEY = /^[A-Za-z][A-Za-z0-9_-]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const UNSAYABLE = /[,\u0000-\u001f\u007f]/;
/** tgtd copies a LUN's values into a buffer of 1024 bytes. */
const MAX_VALUE_BYTES = 1023;

function checkValue(key: string, value: ParameterValue): string {
  const text = isSecret(value) ? value.reveal() : String(value);
  const refuse = (why: string) => new TgtError('MALFORMED_PARAMETER', `parameter ${key} ${why}`);
  if (text === '') throw refuse('is empty');
  if (UNSAYABLE.test(text)) throw refuse('holds a comma or a control character, which tgtd cannot be told');
  // Some keys are searched for in the whole text, so a value must not look like another parameter.
  if (text.includes('=') && key !== 'path' && key !== 'password') throw refuse('holds an equals sign');
  if (Buffer.byteLength(text) > MAX_VALUE_BYTES) throw refuse(`is longer than ${MAX_VALUE_BYTES} bytes`);
  return text;
}

/**
 * `key=value,key=value` with its final NUL, as tgtd reads it.
 *
 * @throws TgtError `MALFORMED_PARAMETER` when a value cannot be said: empty, with a comma, a control character or (paths and
 * passwords apart) an equals sign, over 1023 bytes, or 8 KiB in all.
 */
export function encodeParameters(parameters: Parameters): Buffer {
  if (parameters.length === 0) return Buffer.alloc(0);
  const text = parameters
    .map(([key, value]) => {
      if (!KEY.test(key)) throw new TgtError('MALFORMED_PARAMETER', 'a parameter has a malformed key');
      return `${key}=${checkValue(key, value)}`;
    })
    .join(',');
  const encoded = Buffer.from(`${text}\0`);
  if (encoded.length > MAX_PARAMETER_BYTES) {
    encoded.fill(0);
    throw new TgtError('MALFORMED_PARAMETER', `parameters are longer than ${MAX_PARAMETER_BYTES} bytes`);
  }
  return encoded;
}
