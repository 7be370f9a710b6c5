import { describe, expect, it } from 'vitest';
import { requireFibreChannel, requireIscsi } from '../src/helperTransport.ts';
import type { AnyTargetHelper } from '../src/index.ts';

const speaking = (...transports: string[]) => ({ transports }) as unknown as AnyTargetHelper;

describe('the transport of a target helper', () => {
  it('is that of the driver', () => {
    const [iscsi, fc] = [speaking('iscsi', 'iser'), speaking('fibre_channel')];
    expect(requireIscsi('lioadm', iscsi)).toBe(iscsi);
    expect(requireFibreChannel('fc', fc)).toBe(fc);
  });

  it('is refused when it is another one, with what the helper speaks', () => {
    const code = 'INVALID_CONFIGURATION';
    expect(() => requireIscsi('fc', speaking('fibre_channel'))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('"fc" speaks fibre_channel') }),
    );
    expect(() => requireFibreChannel('lioadm', speaking('iscsi', 'iser'))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('speaks iscsi and iser') }),
    );
  });
});
