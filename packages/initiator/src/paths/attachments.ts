import { isDeepStrictEqual } from 'node:util';
import { ContractError, type Identity } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { isBusy, withHostLocks } from '../hostLocks.ts';
import type { AttachedDevice, DisconnectReport, ListedAttachment } from '../model.ts';
import type { MultipathHost } from '../multipath/host.ts';
import { type AttachmentGround, detach } from './detach.ts';
import { extend } from './extend.ts';
import { type AttachmentRecord, AttachmentRecords } from './records.ts';
import type { DiskPath, Transport } from './transport.ts';

/** How a transport makes the paths of a volume. `held`: it is on this host already and in somebody's hands, whoever's, so that no failure takes it away. */
export type Attach = (options: { readonly held: boolean }) => Promise<AttachedDevice>;

/**
 * The attachments of one transport on this host: what is done about a volume is on record from before its first effect until the kernel
 * has confirmed that nothing is left, so that an interrupted verb is made good by the next one, and a LUN number is not used for another
 * volume before (field-notes.md P2). Verbs on the same targets run one after the other, in all processes of the host.
 */
export class Attachments<Attachment, Path extends DiskPath> {
  readonly #ground: AttachmentGround<Attachment, Path>;
  readonly #directory: string;

  /** @param directory of locks and records, shared by all processes of the host, on a file system that forgets at a reboot, as sessions are */
  constructor(host: MultipathHost, transport: Transport<Attachment, Path>, directory: string) {
    this.#directory = directory;
    this.#ground = { host, transport, records: new AttachmentRecords(directory, transport) };
  }

  /** @throws ContractError; see {@link InitiatorConnector.connect} */
  async connect(
    attachment: Attachment,
    promised: Identity,
    attach: Attach,
    budget: Budget,
  ): Promise<AttachedDevice> {
    const { transport, records } = this.#ground;
    const record = (phase: AttachmentRecord['phase'], device: AttachedDevice | null): Promise<void> =>
      records.save({
        version: 1,
        handle: transport.handleOf(attachment),
        phase,
        identity: promised,
        device,
      });
    return this.#alone(attachment, budget, async () => {
      const known = await this.#settle(attachment, promised, budget);
      // What somebody else brought is not ours to take away, should this fail.
      const held = known || (await transport.pathsOf(attachment)).length > 0;
      if (!held) await record('attaching', null);
      try {
        const device = await attach({ held });
        await record('attached', device);
        return device;
      } catch (error) {
        // What could not be undone stays on record, and the next call takes it away.
        const isClean = (await transport.pathsOf(attachment)).length === 0;
        if (!held && isClean) await records.remove(attachment);
        throw error;
      }
    });
  }

  /** @param identity what the device has to show before it is touched; null: what is on record @throws ContractError; see {@link detach} */
  async disconnect(
    named: Attachment,
    { identity, force }: { readonly identity: Identity | null; readonly force: boolean },
    budget: Budget,
  ): Promise<DisconnectReport> {
    const { transport, records } = this.#ground;
    return this.#alone(named, budget, async () => {
      const [record] = await records.about(named);
      const attachment =
        record === undefined ? named : transport.withWaysOf(named, transport.parseHandle(record.handle));
      const unfinished = record !== undefined && record.phase !== 'attached';
      const shown = unfinished ? null : (identity ?? record?.identity ?? null);
      return detach(this.#ground, attachment, { identity: shown, force, flush: !unfinished }, budget);
    });
  }

  /** @throws ContractError; see {@link extend} */
  async extend(attached: AttachedDevice, budget: Budget): Promise<AttachedDevice> {
    const { host, transport, records } = this.#ground;
    const attachment = transport.parseHandle(attached.handle);
    return this.#alone(attachment, budget, async () => {
      const device = await extend(host, transport, () => transport.pathsOf(attachment), attached, budget);
      const [record] = await records.about(attachment);
      if (record?.phase === 'attached') await records.save({ ...record, device });
      return device;
    });
  }

  /** What is on record, and every other LUN that is on this host. */
  async list(): Promise<ListedAttachment[]> {
    const { transport, records } = this.#ground;
    const listed: ListedAttachment[] = [];
    const recorded = (await records.list()).map((record) => ({
      record,
      attachment: transport.parseHandle(record.handle),
    }));
    for (const { record, attachment } of recorded) {
      const state = await this.#stateOf(record, attachment);
      const { handle, device } = record;
      const target = transport.targetOf(attachment);
      listed.push({ handle, target, state, device: state === 'attached' ? device : null });
    }
    for (const present of await transport.listPresent()) {
      if (recorded.some(({ attachment }) => transport.overlaps(attachment, present))) continue;
      const handle = transport.handleOf(present);
      listed.push({ handle, target: transport.targetOf(present), state: 'attached', device: null });
    }
    return listed;
  }

  async #stateOf({ phase }: AttachmentRecord, attachment: Attachment): Promise<ListedAttachment['state']> {
    const { transport } = this.#ground;
    if (await isBusy(this.#directory, transport.sharedNames(attachment))) return 'busy';
    const isWhole = phase === 'attached' && (await transport.pathsOf(attachment)).length > 0;
    return isWhole ? 'attached' : 'broken';
  }

  async #alone<T>(attachment: Attachment, budget: Budget, use: () => Promise<T>): Promise<T> {
    return withHostLocks(this.#directory, this.#ground.transport.sharedNames(attachment), budget, use);
  }

  /**
   * Sees to what is on record about the same LUNs: what was interrupted is taken away first; a LUN number that another volume still
   * holds here is not used (field-notes.md P2).
   *
   * @returns whether the volume is attached already
   * @throws ContractError DEVICE_UNAVAILABLE when another volume holds the LUN
   */
  async #settle(attachment: Attachment, promised: Identity, budget: Budget): Promise<boolean> {
    const { transport, records } = this.#ground;
    let known = false;
    for (const record of await records.about(attachment)) {
      const other = transport.parseHandle(record.handle);
      const isThere = (await transport.pathsOf(other)).length > 0;
      if (record.phase === 'attached' && isThere) {
        if (!sameIdentity(record.identity, promised)) throw heldBy(record.identity, transport.nameOf(other));
        known = true;
        continue;
      }
      await detach(this.#ground, other, { identity: null, force: false, flush: false }, budget);
    }
    return known;
  }
}

function heldBy(identity: Identity, what: string): ContractError {
  return new ContractError(
    'DEVICE_UNAVAILABLE',
    `${what} is still attached to this host as another volume (${JSON.stringify(identity)}): detach that first. Nothing was read or written.`,
  );
}

function sameIdentity(one: Identity, other: Identity): boolean {
  if (one.type === 'naa' && other.type === 'naa') return one.naa.toLowerCase() === other.naa.toLowerCase();
  return isDeepStrictEqual(one, other);
}
