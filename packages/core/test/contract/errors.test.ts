import {
  ContractError,
  errorCodes,
  errorTable,
  isContractError,
  MAX_LINE_BYTES,
  wireErrorSchema,
  withSecondary,
} from '@scoria/core/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** contract.md §13, in the document's order. */
const documented = [
  'NotImplementedError',
  'ProcessExecutionError',
  'ExportFailure',
  'VolumeBackendAPIException',
  'RemoveExportException',
  'DeviceUnavailable',
  'InvalidVolume',
  'ImageUnacceptable',
  'ManageExistingInvalidReference',
  'ManageExistingVolumeTypeMismatch',
  'DriverNotInitialized',
  'ISCSITargetCreateFailed',
  'ISCSITargetRemoveFailed',
  'ISCSITargetAttachFailed',
  'NotFound',
  'InvalidParameterValue',
  'NoMoreTargets',
  'ISCSITargetNotFoundForVolume',
  'VolumeDeviceNotFound',
  'NoFibreChannelHostsFound',
  'NoFibreChannelVolumeDeviceFound',
];

const code = fc.constantFrom(...errorCodes);
const options = fc.record(
  {
    details: fc.dictionary(fc.string({ maxLength: 20 }), fc.oneof(fc.string(), fc.boolean(), fc.integer())),
    leftBehind: fc.array(fc.string()),
    secondary: fc.array(fc.string()),
    transcript: fc.array(
      fc.record({ argv: fc.array(fc.string()), exitCode: fc.option(fc.integer()), durationMs: fc.nat() }),
    ),
  },
  { requiredKeys: [] },
);

describe('error table', () => {
  it('keeps every error name of contract.md §13', () => {
    const names = new Set<string>(Object.values(errorTable).map(({ name }) => name));
    expect(documented.filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(errorCodes)('%s says when, what it means, and what the caller does', (each) => {
    const { condition, caller, status, retry } = errorTable[each];
    expect(condition).toMatch(/\.$/);
    expect(caller).toMatch(/\.$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(['never', 'backoff', 'after-change', 'reconcile']).toContain(retry);
  });

  it('treats a lost connection, a passed deadline and a bad answer as outcome unknown, never as failure', () => {
    const unknown = errorCodes.filter((each) => errorTable[each].retry === 'reconcile');
    expect([...unknown].sort()).toEqual(['DEADLINE_EXCEEDED', 'INVALID_RESULT', 'OUTCOME_UNKNOWN']);
  });
});

describe('ContractError', () => {
  it('survives the wire whole', () => {
    fc.assert(
      fc.property(code, fc.string(), options, (each, message, rest) => {
        const error = new ContractError(each, message, rest);
        const line: unknown = JSON.parse(JSON.stringify(error.toWire()));
        const back = ContractError.fromWire(wireErrorSchema.parse(line));
        expect(back.toWire()).toEqual(error.toWire());
        expect([back.code, back.message, back.name, back.retry]).toEqual([
          error.code,
          error.message,
          error.name,
          error.retry,
        ]);
      }),
    );
  });

  it('has no detail that is lost on the wire', () => {
    const details = JSON.parse('{"__proto__": "a", "volume": "b"}');
    expect(Object.keys(new ContractError('INTERNAL', '', { details }).details)).toEqual(['volume']);
  });

  it('cuts a message that the wire would refuse', () => {
    const wire = new ContractError('INTERNAL', 'x'.repeat(20_000)).toWire();
    expect(wireErrorSchema.parse(wire).message).toHaveLength(16_384);
  });

  it('always fits on one line of the wire, and gives up what is least needed first', () => {
    const huge = 'x'.repeat(200_000);
    const error = new ContractError('BACKEND_ERROR', 'full disk', {
      details: { volume: 'volume-1' },
      leftBehind: ['/srv/volume-1'],
      secondary: [huge],
      transcript: [{ argv: ['lvs'], exitCode: 5, durationMs: 1, stderr: huge }],
    });
    const { transcript, ...rest } = error.toWire();
    expect(transcript).toBeUndefined();
    expect(rest).toMatchObject({ details: { volume: 'volume-1' }, leftBehind: ['/srv/volume-1'] });
    const worst = new ContractError('INTERNAL', huge, { leftBehind: Array.from({ length: 9 }, () => huge) });
    expect(JSON.stringify(worst.toWire()).length).toBeLessThan(MAX_LINE_BYTES);
    expect(worst.toWire().code).toBe('INTERNAL');
  });

  it('refuses a code outside the table', () => {
    expect(wireErrorSchema.safeParse({ code: 'OOPS', message: '' }).success).toBe(false);
  });

  it('keeps its cause out of the wire', () => {
    const error = new ContractError('BACKEND_ERROR', 'no', { cause: new Error('the inner reason') });
    expect(error.cause).toBeInstanceOf(Error);
    expect(JSON.stringify(error.toWire())).not.toContain('inner reason');
  });

  it('is recognised by its brand, and only then', () => {
    expect(isContractError(new ContractError('INTERNAL', 'x'))).toBe(true);
    expect(isContractError(new Error('x'))).toBe(false);
    expect(isContractError({ code: 'INTERNAL', message: 'x' })).toBe(false);
    expect(isContractError(null)).toBe(false);
  });
});

describe('withSecondary', () => {
  it('keeps the first cause as the error and adds what clean-up said (D1, D6)', () => {
    const cause = new Error('root');
    const first = new ContractError('TARGET_CREATE_FAILED', 'no target', {
      details: { volume: 'volume-1' },
      leftBehind: ['/run/x'],
      secondary: ['earlier'],
      cause,
    });
    const both = withSecondary(first, [new Error('rm failed'), 'text']);
    expect(both.toWire()).toEqual({ ...first.toWire(), secondary: ['earlier', 'rm failed', 'text'] });
    expect(both.cause).toBe(cause);
    expect(withSecondary(first, [])).toBe(first);
  });
});
