import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { authenticates, isAllowed, readConfiguration } from './daemon.ts';
import type { IetState } from './kernel.ts';
import { change, create } from './store.ts';

/**
 * IET (iSCSI Enterprise Target 1.4.20) without its kernel module, which no current kernel can have: an `ietadm` to run, a `/proc/net/iet` to
 * read, and initiators that log in as ietd would let them. It refuses what IET refuses, with its exit codes, and keeps IET's traps: see
 * kernel.ts and daemon.ts, written after its sources and manual pages.
 */
export interface IetStandIn {
  /** Options of the helper ietadm. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly conf: string;
  readonly allow: string;
  /** @returns the session; null when it is refused */
  login(
    iqn: string,
    initiator: string,
    chap: { readonly username: string; readonly password: string } | null,
  ): string | null;
  logout(iqn: string, initiator: string): void;
  /** ietd ends and starts again: sessions are gone, targets are as ietd.conf has them. */
  restart(): void;
  /** ietd does not answer; the kernel module stays. */
  stop(): void;
  /** The kernel module is not there, or is again. */
  setModule(loaded: boolean): Promise<void>;
  /** Target ids and names, LUNs, accounts: what is there, for comparing. */
  state(): Promise<IetState>;
}

/** Makes a stand-in below `directory`. */
export async function startIet(directory: string): Promise<IetStandIn> {
  const place = join(directory, 'iet');
  const [conf, allow, program] = ['ietd.conf', 'initiators.allow', 'ietadm'].map((name) => join(place, name));
  if (conf === undefined || allow === undefined || program === undefined) throw new Error('no such path');
  await mkdir(place, { recursive: true });
  create(place);
  const main = join(place, 'program.mjs');
  await writePlain(place);
  // Its own directory is in the program, as ietd's socket is in the real one.
  await writeFile(
    program,
    `#!/bin/sh\nexec '${process.execPath}' --no-warnings '${main}' '${place}' "$@"\n`,
    { mode: 0o755 },
  );
  return {
    options: {
      iet_conf: conf,
      iet_initiators_allow: allow,
      iet_proc: join(place, 'proc'),
      ietadm_program: program,
    },
    conf,
    allow,
    login: (iqn, initiator, chap) =>
      change(place, (state) => {
        const target = state.targets.find((each) => each.name === iqn);
        if (!target || !isAllowed(allow, iqn, initiator) || !authenticates(state, target.tid, chap))
          return null;
        state.lastSid += 1;
        // 64 bits, as the kernel module shows them.
        const sid = (281_474_997_486_080n + BigInt(state.lastSid)).toString();
        target.sessions.unshift({ sid, initiator, cid: 0, ip: '192.0.2.7' });
        return sid;
      }),
    logout: (iqn, initiator) =>
      change(place, (state) => {
        for (const target of state.targets.filter((each) => each.name === iqn))
          target.sessions = target.sessions.filter((each) => each.initiator !== initiator);
      }),
    restart: () =>
      change(place, (state) => {
        state.running = true;
        readConfiguration(state, conf);
      }),
    stop: () =>
      change(place, (state) => {
        state.running = false;
      }),
    setModule: (loaded) =>
      loaded
        ? rename(join(place, 'unloaded'), join(place, 'proc'))
        : rename(join(place, 'proc'), join(place, 'unloaded')),
    state: async () => JSON.parse(await readFile(join(place, 'state.json'), 'utf8')),
  };
}

/** The program without its types: it starts often, and in a third of the time. */
async function writePlain(place: string): Promise<void> {
  for (const name of ['kernel', 'store', 'program']) {
    const text = stripTypeScriptTypes(await readFile(join(import.meta.dirname, `${name}.ts`), 'utf8'));
    await writeFile(join(place, `${name}.mjs`), text.replaceAll(/(from '\.\/[a-z]+)\.ts'/g, "$1.mjs'"));
  }
}
