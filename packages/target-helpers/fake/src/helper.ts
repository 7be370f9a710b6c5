import {
  ContractError,
  type InitiatorAccess,
  type OwnedObject,
  type ProbeResult,
  type TargetHelper,
  type TargetSession,
  type TargetSpec,
  type TargetState,
} from '@scoria/driver-sdk';
import { randomWord } from '@scoria/target-kit';
import { backingSize } from './backingSize.ts';

interface FakeTarget {
  readonly tid: number;
  spec: Required<Omit<TargetSpec, 'access' | 'portals'>>;
  access: InitiatorAccess[];
  size: number;
  sessions: TargetSession[];
}

const USERNAME_LENGTH = 20;

/** Whether two specs describe the same LUN. */
const sameLun = (one: FakeTarget['spec'], other: FakeTarget['spec']) =>
  one.path === other.path &&
  one.serial === other.serial &&
  one.lun === other.lun &&
  one.transport === other.transport;

/** A whole target helper in memory: no daemon, no root. What it holds is gone with it. */
export class FakeTargetHelper implements TargetHelper {
  readonly defaultLun: number;
  readonly transports = ['iscsi', 'iser'] as const;
  readonly #targets = new Map<string, FakeTarget>();
  #lastTid = 0;
  #isUp = true;

  constructor({ defaultLun = 0 }: { readonly defaultLun?: number } = {}) {
    this.defaultLun = defaultLun;
  }

  probe(): Promise<ProbeResult> {
    return Promise.resolve(
      this.#isUp
        ? { state: 'ready', reason: '' }
        : { state: 'absent', reason: 'the fake target daemon is down' },
    );
  }

  async ensureTarget(spec: TargetSpec): Promise<TargetState> {
    this.#requireUp();
    const { access, ...wanted } = spec;
    const size = await backingSize(spec.path);
    const existing = this.#targets.get(spec.iqn);
    if (existing && !sameLun(existing.spec, wanted) && existing.sessions.length > 0) {
      throw new ContractError('TARGET_CREATE_FAILED', `${spec.iqn} is in use and differs`);
    }
    this.#lastTid += existing ? 0 : 1;
    const target: FakeTarget = existing ?? {
      tid: this.#lastTid,
      spec: wanted,
      access: [],
      size,
      sessions: [],
    };
    target.spec = wanted;
    target.size = size;
    if (access) target.access = [...access];
    this.#targets.set(spec.iqn, target);
    return this.#stateOf(target);
  }

  ensureTargets(specs: readonly TargetSpec[]): Promise<readonly PromiseSettledResult<TargetState>[]> {
    return Promise.allSettled(specs.map((spec) => this.ensureTarget(spec)));
  }

  async removeTarget(iqn: string, _name: string, { force }: { readonly force: boolean }): Promise<void> {
    this.#requireUp();
    const target = this.#targets.get(iqn);
    if (!target) return;
    if (target.sessions.length > 0 && !force) throw busy(iqn);
    this.#targets.delete(iqn);
  }

  async showTarget(iqn: string): Promise<TargetState | undefined> {
    this.#requireUp();
    const target = this.#targets.get(iqn);
    return target && this.#stateOf(target);
  }

  async grant(iqn: string, _name: string, access: InitiatorAccess): Promise<InitiatorAccess> {
    this.#requireUp();
    const target = this.#require(iqn);
    const existing = target.access.find((each) => each.initiator === access.initiator);
    const isTaken = [...this.#targets.values()].some((each) =>
      each.access.some((other) => access.chap !== null && other.chap?.username === access.chap.username),
    );
    const given: InitiatorAccess = existing
      ? { ...existing, readOnly: access.readOnly }
      : isTaken && access.chap
        ? { ...access, chap: { ...access.chap, username: randomWord(USERNAME_LENGTH) } }
        : access;
    target.access = existing
      ? target.access.map((each) => (each === existing ? given : each))
      : [...target.access, given];
    return given;
  }

  async revoke(
    iqn: string,
    _name: string,
    initiator: string | null,
    { force }: { readonly force: boolean },
  ): Promise<void> {
    this.#requireUp();
    const target = this.#targets.get(iqn);
    if (!target) return;
    const goes = (each: { readonly initiator: string }) => initiator === null || each.initiator === initiator;
    if (target.sessions.some(goes) && !force) throw busy(iqn);
    target.sessions = target.sessions.filter((each) => !goes(each));
    target.access = target.access.filter((each) => !goes(each));
  }

  async resize(iqn: string): Promise<number> {
    this.#requireUp();
    const target = this.#require(iqn);
    target.size = await backingSize(target.spec.path);
    return target.size;
  }

  async listOwned(): Promise<OwnedObject[]> {
    this.#requireUp();
    return [...this.#targets.values()].flatMap(
      ({ tid, spec: { name, iqn }, access, sessions }): OwnedObject[] => [
        { kind: 'target', name, reference: iqn, intact: true, detail: { tid: String(tid) } },
        ...access.map(
          ({ initiator }): OwnedObject => ({
            kind: 'access',
            name,
            reference: `${iqn} ${initiator}`,
            detail: {},
          }),
        ),
        ...sessions.map(
          ({ initiator, address }): OwnedObject => ({
            kind: 'session',
            name,
            reference: `${iqn} ${initiator}`,
            detail: { address },
          }),
        ),
      ],
    );
  }

  async close(): Promise<void> {
    this.#targets.clear();
  }

  /**
   * Logs an initiator in, as a real target would let it.
   *
   * @throws ContractError TARGET_NOT_FOUND when it has no access (a target tells no more), TARGET_ATTACH_FAILED on wrong credentials
   */
  login(
    iqn: string,
    initiator: string,
    chap: { readonly username: string; readonly password: string } | null,
  ): void {
    this.#requireUp();
    const target = this.#targets.get(iqn);
    const access = target?.access.find((each) => each.initiator === initiator);
    if (!target || !access)
      throw new ContractError('TARGET_NOT_FOUND', `${initiator} finds no target ${iqn}`);
    const isRight =
      access.chap === null ||
      (chap?.username === access.chap.username && chap.password === access.chap.password.reveal());
    if (!isRight) throw new ContractError('TARGET_ATTACH_FAILED', `${initiator} could not be authenticated`);
    target.sessions = [...target.sessions, { initiator, address: '127.0.0.1' }];
  }

  /** Logs an initiator out. Absent is success. */
  logout(iqn: string, initiator: string): void {
    const target = this.#targets.get(iqn);
    if (target) target.sessions = target.sessions.filter((each) => each.initiator !== initiator);
  }

  /** Takes the fake daemon down, or brings it back; a crash forgets every target. */
  setDaemon(state: 'up' | 'down' | 'crashed'): void {
    this.#isUp = state === 'up';
    if (state === 'crashed') this.#targets.clear();
  }

  #requireUp(): void {
    if (!this.#isUp) throw new ContractError('BACKEND_UNAVAILABLE', 'the fake target daemon is down');
  }

  #require(iqn: string): FakeTarget {
    const target = this.#targets.get(iqn);
    if (!target) throw new ContractError('TARGET_NOT_FOUND', `there is no target ${iqn}`);
    return target;
  }

  #stateOf({ tid, spec, access, size, sessions }: FakeTarget): TargetState {
    return {
      iqn: spec.iqn,
      tid,
      luns: [{ lun: spec.lun, path: spec.path, serial: spec.serial, size }],
      initiators: access.map((each) => each.initiator),
      accounts: access.flatMap((each) => (each.chap ? [each.chap.username] : [])),
      sessions: [...sessions],
    };
  }
}

const busy = (iqn: string) =>
  new ContractError('VOLUME_IS_BUSY', `${iqn} has a live session: log out first, or use force`);
