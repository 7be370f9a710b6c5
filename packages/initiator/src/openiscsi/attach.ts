import { ContractError, type Identity, type IscsiConnectionData } from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { toContractError, withLeftovers } from '../contractErrors.ts';
import { describe, type LunAddress } from '../iscsi/proof.ts';
import type { AttachedDevice } from '../model.ts';
import { assembleMap } from '../multipath/assembleMap.ts';
import { mapPath } from '../multipath/host.ts';
import { dismantle } from '../paths/dismantle.ts';
import { isOther, refuseStale } from '../paths/prove.ts';
import { kernelLun } from '../scsi/kernelLun.ts';
import { proveDisk } from '../scsi/proveDisk.ts';
import { UndoStack } from '../undo.ts';
import { type Attachment, handleOf } from './attachment.ts';
import { endSession } from './endSession.ts';
import { findDisk } from './findDisk.ts';
import type { OpenIscsiHost } from './host.ts';
import { logIn } from './login.ts';
import { type IscsiPath, pathsOf, pathTo } from './paths.ts';
import { iscsiTransport } from './transport.ts';

const UNDO_MS = 120_000;

/** What is attached, and how. */
export interface AttachRequest {
  readonly attachment: Attachment;
  readonly data: IscsiConnectionData;
  readonly promised: Identity;
  /** Whether it is attached by all portals, with a multipath map above. */
  readonly multipath: boolean;
  /** Whether it is on this host already and in somebody's hands: then no failure takes it away. */
  readonly held: boolean;
}

/**
 * Attaches by one portal, or by all of them. What a failed attempt has made is undone.
 *
 * @throws ContractError with what is left behind; see {@link InitiatorConnector.connect}
 */
export async function attach(
  host: OpenIscsiHost,
  request: AttachRequest,
  budget: Budget,
): Promise<AttachedDevice> {
  return request.multipath ? attachByAll(host, request, budget) : attachByOne(host, request, budget);
}

/** The first portal that answers; one by which the volume is attached already comes before. */
async function attachByOne(
  host: OpenIscsiHost,
  request: AttachRequest,
  budget: Budget,
): Promise<AttachedDevice> {
  const { attachment } = request;
  const attached = (await pathsOf(host.sysfs, attachment)).map(({ address }) => address);
  // Another disk of a volume that is in use would be a second way to it that no map joins.
  const isHeld = request.held && attached.length > 0;
  const others = isHeld ? [] : attachment.addresses.filter((each) => !attached.includes(each));
  const addresses = [...attached, ...others];
  let first: ContractError | null = null;
  for (const address of addresses) {
    const undo = new UndoStack();
    try {
      const { disk } = await attachPath(host, request, address, undo, budget);
      return await deviceOf(host, request, { path: host.sysfs.path(disk), name: disk.name, ways: [address] });
    } catch (error) {
      const failure = await undone(error, undo, address, budget);
      // Another portal of the same target helps against silence, not against another volume or a refusal.
      if (failure.code === 'DEVICE_UNAVAILABLE' || budget.signal.aborted) throw failure;
      first ??= failure;
    }
  }
  throw first ?? new ContractError('INTERNAL', 'The connection names no portal.');
}

/** All portals at once; those that do not answer are done without. */
async function attachByAll(
  host: OpenIscsiHost,
  request: AttachRequest,
  budget: Budget,
): Promise<AttachedDevice> {
  const { attachment, promised } = request;
  const [main] = attachment.addresses;
  if (main === undefined) throw new ContractError('INTERNAL', 'The connection names no portal.');
  await host.tools.requireRunning(budget);
  const undo = new UndoStack();
  try {
    const outcomes = await Promise.all(
      attachment.addresses.map(async (address) => {
        const own = new UndoStack();
        try {
          const path = await attachPath(host, request, address, own, budget);
          undo.add(describe(address), async () => throwWhenLeft(await own.unwind()));
          return path;
        } catch (error) {
          return undone(error, own, address, budget);
        }
      }),
    );
    const paths = outcomes.filter((outcome): outcome is IscsiPath => !(outcome instanceof ContractError));
    const failures = outcomes.filter((outcome) => outcome instanceof ContractError);
    // A portal that shows another volume makes all of them doubtful.
    const other = failures.find(isOther);
    const none = paths.length === 0 ? (failures.find(isRefusal) ?? failures[0]) : undefined;
    const failure = other ?? none;
    if (failure !== undefined) throw failure;
    if (!request.held) {
      undo.add(`the multipath map of ${describe(main)}`, async () => {
        await dismantle(host, iscsiTransport(host), paths, { identity: null, force: true, flush: false });
      });
    }
    const disks = paths.map(({ disk }) => disk);
    const map = await assembleMap(host, disks, promised, budget);
    return await deviceOf(host, request, {
      path: mapPath(host, map),
      name: map.dm,
      ways: attachment.addresses,
    });
  } catch (error) {
    throw await undone(error, undo, main, budget);
  }
}

async function attachPath(
  host: OpenIscsiHost,
  { attachment, data, promised }: AttachRequest,
  address: LunAddress,
  undo: UndoStack,
  budget: Budget,
): Promise<IscsiPath> {
  const { transport, addressing, addresses } = attachment;
  const node = { ...address, transport };
  const what = describe(address);
  const steps = iscsiTransport(host);
  const before = await pathTo(host.sysfs, attachment, address);
  if (before !== null) await refuseStale(host.sysfs, steps, before, promised);
  undo.add(`session to ${address.iqn} at ${address.portal}`, () =>
    endSession(host, node, new Budget({}, UNDO_MS)),
  );
  const session = await logIn(host, node, { data, several: addresses.length > 1 }, budget);
  const disk = await findDisk(host, session, kernelLun(address.lun, addressing), what, budget);
  const path = { address, session, disk };
  if (before === null) undo.add(host.sysfs.path(disk), () => steps.takeDisk(path, new Budget({}, UNDO_MS)));
  await proveDisk(host.sysfs, disk, promised, budget, { what, afresh: before !== null });
  return path;
}

async function deviceOf(
  { sysfs }: OpenIscsiHost,
  { attachment, data, promised }: AttachRequest,
  of: { readonly path: string; readonly name: string; readonly ways: readonly LunAddress[] },
): Promise<AttachedDevice> {
  return {
    connector: 'open-iscsi',
    path: of.path,
    type: 'block',
    identity: promised,
    size: await sysfs.sizeOf(of.name),
    readOnly: data.access_mode === 'ro',
    discard: data.discard !== false,
    handle: handleOf({ ...attachment, addresses: of.ways }),
  };
}

function isRefusal({ code }: ContractError): boolean {
  return code === 'DEVICE_UNAVAILABLE';
}

async function undone(
  error: unknown,
  undo: UndoStack,
  address: LunAddress,
  budget: Budget,
): Promise<ContractError> {
  const failure = budget.signal.aborted
    ? budget.error(`attaching ${describe(address)}`)
    : toContractError(error, `Cannot attach ${describe(address)}`);
  return withLeftovers(failure, await undo.unwind());
}

function throwWhenLeft({ errors }: { readonly errors: readonly unknown[] }): void {
  if (errors.length > 0) throw errors[0];
}
