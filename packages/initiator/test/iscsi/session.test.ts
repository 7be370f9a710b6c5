import { Secret } from '@scoria/core/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IscsiSession, loginOutcome, parsePortal, readLunFacts, reportLuns } from '../../src/index.ts';
import { type Exported, freePort, INITIATOR, noTgtd, PrivateTgtd } from '../fixtures/tgtd.ts';

const MIB = 1024 * 1024;

describe.skipIf(noTgtd)('an iSCSI session with a real tgtd', () => {
  let tgtd: PrivateTgtd;
  let volume: Exported;
  let thick: Exported;
  const signal = (): AbortSignal => AbortSignal.timeout(5_000);

  beforeAll(async () => {
    tgtd = await PrivateTgtd.start();
    volume = await tgtd.export(1);
    thick = await tgtd.export(2, { thin: false, size: 10 * MIB });
  });
  afterAll(() => tgtd?.stop());

  const login = (exported: Exported, change: { secret?: Secret | null; initiator?: string } = {}) => ({
    initiatorName: change.initiator ?? INITIATOR,
    targetName: exported.iqn,
    chap:
      change.secret === null
        ? null
        : { username: exported.username, secret: change.secret ?? exported.secret },
  });

  it('reads serial, capacity and provisioning of a LUN', async () => {
    const session = await IscsiSession.open(parsePortal(tgtd.portal), login(volume), signal());
    expect(await readLunFacts(session, 1)).toMatchObject({
      serial: volume.serial,
      size: 64 * MIB,
      logicalBlockSize: 512,
      unmapReadsZero: true,
    });
    expect(await reportLuns(session)).toEqual([0, 1]);
    await session.logout();
  });

  it('tells a LUN that cannot unmap', async () => {
    const session = await IscsiSession.open(parsePortal(tgtd.portal), login(thick), signal());
    expect(await readLunFacts(session, 1)).toMatchObject({ size: 10 * MIB, unmapReadsZero: false });
    await session.logout();
  });

  it('gives an error for a LUN that does not exist', async () => {
    const session = await IscsiSession.open(parsePortal(tgtd.portal), login(volume), signal());
    await expect(readLunFacts(session, 7)).rejects.toMatchObject({ code: 'SCSI' });
    session.close();
  });

  it('tells every kind of refused login from an accepted one', async () => {
    const outcome = (change: Parameters<typeof login>[1]) =>
      loginOutcome(tgtd.portal, login(volume, change), signal());
    expect(await outcome({})).toBe('accepted');
    expect(await outcome({ secret: new Secret('wrong-secret-000') })).toBe('authentication-refused');
    expect(await outcome({ secret: null })).toBe('authentication-refused');
    expect(await outcome({ initiator: 'iqn.2026-11.test.scoria:stranger' })).toBe('target-not-found');
  });

  it('says that nothing answers, and stops at once when told to', async () => {
    const port = await freePort();
    await expect(loginOutcome(`127.0.0.1:${port}`, login(volume), signal())).rejects.toMatchObject({
      code: 'CONNECT',
    });
    // TEST-NET-1 never answers (RFC 5737); somewhere without a route it fails at once, which is as good.
    const started = performance.now();
    await expect(
      loginOutcome('192.0.2.1:3260', login(volume), AbortSignal.timeout(150)),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(STOPPED|CONNECT)$/) });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
