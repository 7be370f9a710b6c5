import { describe, expect, it } from 'vitest';
import { formatBytes, formatSeconds } from '../../src/output/formatBytes.ts';
import { progressLine } from '../../src/output/progressLine.ts';
import { TransferMeter } from '../../src/output/transferRate.ts';

const MIB = 1024 ** 2;

describe('the rate of a transfer', () => {
  it('is what was done in the last seconds, and says when the rest will be', () => {
    const meter = new TransferMeter();
    expect(meter.look(0, 100 * MIB, 0)).toEqual({ bytesPerSecond: null, secondsLeft: null });
    meter.look(10 * MIB, 100 * MIB, 1_000);
    expect(meter.look(20 * MIB, 100 * MIB, 2_000)).toEqual({ bytesPerSecond: 10 * MIB, secondsLeft: 8 });
  });

  it('forgets a fast beginning', () => {
    const meter = new TransferMeter();
    meter.look(0, null, 0);
    meter.look(1000 * MIB, null, 1_000);
    for (let second = 2; second <= 8; second += 1) meter.look((1000 + second) * MIB, null, second * 1_000);
    expect(meter.look(1009 * MIB, null, 9_000).bytesPerSecond).toBe(MIB);
  });

  it('knows no time left while nothing moves', () => {
    const meter = new TransferMeter();
    meter.look(5, 10, 0);
    expect(meter.look(5, 10, 1_000)).toEqual({ bytesPerSecond: 0, secondsLeft: null });
  });

  it('begins anew when the operation does', () => {
    const meter = new TransferMeter();
    meter.look(90, 100, 0);
    meter.look(95, 100, 1_000);
    expect(meter.look(0, 100, 2_000)).toEqual({ bytesPerSecond: null, secondsLeft: null });
  });
});

it('shows bar, percent, bytes, rate and time left', () => {
  const progress = { operation: 'backup', done_bytes: 512 * MIB, total_bytes: 1024 * MIB };
  expect(progressLine(progress, { bytesPerSecond: 64 * MIB, secondsLeft: 8 })).toBe(
    '[############------------]   50 %  512 MiB of 1.00 GiB  64.0 MiB/s  8 s left',
  );
});

it('shows the bytes alone where the total is not known', () => {
  const progress = { operation: 'download', done_bytes: 3 * MIB, total_bytes: null };
  expect(progressLine(progress, { bytesPerSecond: null, secondsLeft: null })).toBe('3.00 MiB');
});

it('formats bytes and times', () => {
  expect([0, 1, 1023, 1024, 1536 * MIB].map(formatBytes)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.00 KiB',
    '1.50 GiB',
  ]);
  expect([0.2, 59, 61, 3_725].map(formatSeconds)).toEqual(['1 s', '59 s', '1 min 1 s', '1 h 2 min']);
});
