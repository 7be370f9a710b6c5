import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iserAsksForBoth, runningVersion } from '../src/daemon/version.ts';
import { parseTarget, type TgtHelper } from '../src/index.ts';
import { Op } from '../src/management/protocol.ts';
import { accessOf, openHelper, PREFIX, reachOf, specOf } from './fixtures/helper.ts';
import { holdSession } from './fixtures/initiator.ts';
import { type Interpreter, speakIser } from './fixtures/iserTgtd.ts';
import { noTgtd, type PrivateTgtd, privateTgtd } from './fixtures/privateTgtd.ts';

const NAME = 'volume-iser';
const NOBODY = '255.255.255.255';
/** Longer than a session may outlive its logout over TCP. */
const LINGERING_MS = 3_000;
const PATIENCE_MS = 15_000;

const busy = { code: 'VOLUME_IS_BUSY' };
const options = { tgt_driver: 'iser' };

describe.skipIf(noTgtd)('TgtHelper over iSER', () => {
  let tgtd: PrivateTgtd;
  let between: Interpreter;
  beforeEach(async () => {
    tgtd = await privateTgtd();
    between = await speakIser(tgtd);
  });
  afterEach(async () => {
    await between[Symbol.asyncDispose]();
    await tgtd[Symbol.asyncDispose]();
  });
  const acl = async (name = NAME) => {
    const block = (await tgtd.client.showTargets()).get(`${PREFIX}${name}`);
    return block && parseTarget(block).acl;
  };
  const conf = (name = NAME) => readFile(join(tgtd.directory, 'state', 'volumes', name), 'utf8');
  const exported = async (helper: TgtHelper, name = NAME, more = {}) => {
    const spec = specOf(name, await tgtd.file(name), { transport: 'iser', ...more });
    await helper.ensureTarget(spec);
    return spec;
  };
  const hide = async () => {
    await between[Symbol.asyncDispose]();
    between = await speakIser(tgtd, { hidden: true });
  };

  describe('on a tgtd that asks for name and address both', () => {
    beforeEach(async ({ skip }) => {
      const version = await runningVersion(tgtd.socketPath);
      if (version === null)
        throw new Error('the release of the tgtd that the test has started cannot be told');
      if (!iserAsksForBoth(version)) skip(`tgt ${version.join('.')} asks for one of them`);
    });

    it('lets every address in beside the first name, and none after the last has gone', async () => {
      const helper = await openHelper(tgtd, options);
      const spec = await exported(helper);
      expect(await acl()).toEqual([]);
      expect(await conf()).toContain(`initiator-address ${NOBODY}\n`);
      const [one, two] = [accessOf('one'), accessOf('two')];
      await helper.grant(spec.iqn, NAME, one);
      expect(await acl()).toEqual(['ALL', one.initiator]);
      expect(await conf()).toContain('initiator-address ALL\n');
      await helper.grant(spec.iqn, NAME, two);
      expect(await acl()).toEqual(['ALL', one.initiator, two.initiator]);
      await helper.revoke(spec.iqn, NAME, one.initiator, { force: false });
      expect(await acl()).toEqual(['ALL', two.initiator]);
      await helper.revoke(spec.iqn, NAME, two.initiator, { force: false });
      expect(await acl()).toEqual([]);
      expect(await conf()).toContain(`initiator-address ${NOBODY}\n`);
    });

    it('locks everybody out at once, by force and without, and removes what has names', async () => {
      const helper = await openHelper(tgtd, options);
      const spec = await exported(helper);
      for (const force of [false, true]) {
        await helper.grant(spec.iqn, NAME, accessOf('p'));
        await helper.grant(spec.iqn, NAME, accessOf('q'));
        await helper.revoke(spec.iqn, NAME, null, { force });
        expect(await acl()).toEqual([]);
        await helper.grant(spec.iqn, NAME, accessOf('p'));
        await helper.removeTarget(spec.iqn, NAME, { force });
        expect(await acl()).toBeUndefined();
        await helper.ensureTarget(spec);
      }
    });

    it("takes it for no drift and for nobody's access", async () => {
      const helper = await openHelper(tgtd, options);
      const access = accessOf('kept');
      const spec = await exported(helper, NAME, { access: [access] });
      const again = between.requests.length;
      const state = await helper.ensureTarget(spec);
      expect(state.initiators).toEqual([access.initiator]);
      expect((await helper.showTarget(spec.iqn))?.initiators).toEqual([access.initiator]);
      expect((await helper.restoreAll()).map(({ status }) => status)).toEqual(['fulfilled']);
      const done = between.requests.slice(again).map((request) => request.readUInt32LE(4));
      expect(new Set(done)).toEqual(new Set([Op.show]));
      expect(await helper.listOwned()).toMatchObject([
        { kind: 'target', intact: true },
        { kind: 'access', reference: `${spec.iqn} ${access.initiator}` },
      ]);
    });

    it('brings it back with a new daemon, and into what an older Scoria has exported', async () => {
      const helper = await openHelper(tgtd, options);
      const access = accessOf('back');
      const spec = await exported(helper, NAME, { access: [access] });
      await tgtd.client.disallowAddress('iser', (await helper.showTarget(spec.iqn))?.tid ?? -1, 'ALL');
      expect(await helper.listOwned()).toMatchObject([{ intact: false }, {}]);
      await helper.ensureTarget(spec);
      expect(await acl()).toEqual(['ALL', access.initiator]);
      await tgtd.kill();
      await between[Symbol.asyncDispose]();
      await tgtd.start();
      between = await speakIser(tgtd);
      expect(await helper.probe()).toMatchObject({ state: 'ready' });
      expect(await acl()).toEqual(['ALL', access.initiator]);
    });

    it('takes it away, from the files too, when the daemon is not known to ask for both any more', async () => {
      const access = accessOf('upgraded');
      const spec = await exported(await openHelper(tgtd, options), NAME, { access: [access] });
      expect(await acl()).toEqual(['ALL', access.initiator]);
      await hide();
      const helper = await openHelper(tgtd, options);
      expect(await helper.probe()).toMatchObject({ state: 'ready' });
      expect(await acl()).toEqual([access.initiator]);
      expect(await conf()).toContain(`initiator-address ${NOBODY}\n`);
      expect((await helper.showTarget(spec.iqn))?.initiators).toEqual([access.initiator]);
    });
  });

  it('lets names in only, on a tgtd of which it is not known', async () => {
    await hide();
    const helper = await openHelper(tgtd, options);
    const spec = await exported(helper);
    const access = accessOf('closed');
    await helper.grant(spec.iqn, NAME, access);
    expect(await acl()).toEqual([access.initiator]);
    expect(await conf()).toContain(`initiator-address ${NOBODY}\n`);
  });

  it.each(['revoke', 'remove'] as const)(
    '%s waits for sessions that outlive their logout by seconds, and not for ever',
    async (verb) => {
      const helper = await openHelper(tgtd, options);
      const held = async (name: string) => {
        const spec = await exported(helper, name);
        const access = accessOf(name);
        await helper.grant(spec.iqn, name, access);
        const session = await holdSession(reachOf(tgtd.port, spec, access));
        const leave = () =>
          verb === 'revoke'
            ? helper.revoke(spec.iqn, name, access.initiator, { force: false })
            : helper.removeTarget(spec.iqn, name, { force: false });
        return { session, leave };
      };
      const [ending, live] = [await held('volume-ending'), await held('volume-live')];
      const start = performance.now();
      const refused = expect(live.leave()).rejects.toMatchObject(busy);
      const left = ending.leave();
      await setTimeout(LINGERING_MS);
      await ending.session[Symbol.asyncDispose]();
      await left;
      expect((await acl('volume-ending')) ?? []).toEqual([]);
      await refused;
      expect(performance.now() - start).toBeGreaterThan(PATIENCE_MS);
      expect(await acl('volume-live')).toContain(accessOf('volume-live').initiator);
      await live.session[Symbol.asyncDispose]();
    },
    60_000,
  );
});
