import { ContractError, gibToBytes, type OperationName } from '@scoria/core/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VolumeStatus } from '../../src/model/index.ts';
import { connectorOf, type Lifecycle, makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';

/** What happens to one volume; numbers choose among what is there. */
type Action =
  | {
      do:
        | 'delete'
        | 'extend'
        | 'extendInUse'
        | 'reserve'
        | 'unreserve'
        | 'beginDetaching'
        | 'rollDetaching'
        | 'detach';
    }
  | { do: 'attach' | 'initialize' | 'terminate'; host: string }
  | { do: 'createAttachment'; host: string | null }
  | { do: 'updateAttachment'; which: number; host: string }
  | { do: 'completeAttachment' | 'deleteAttachment'; which: number }
  | { do: 'snapshot'; force: boolean }
  | { do: 'deleteSnapshot'; which: number }
  | { do: 'break' | 'mend'; operation: OperationName };

interface ModelAttachment {
  id: string;
  status: 'reserved' | 'attaching' | 'attached' | 'error_attaching' | 'error_detaching';
  host: string | null;
  legacyHost: string | null;
}

/** The volume as it must be, by rules written apart from the service's. */
interface Model {
  status: VolumeStatus | 'gone';
  multiattach: boolean;
  attachments: ModelAttachment[];
  connected: Set<string>;
  snapshots: string[];
  broken: Set<OperationName>;
  gib: number;
}

const users = [
  'available',
  'reserved',
  'attaching',
  'in-use',
  'detaching',
  'error_attaching',
  'error_detaching',
];

function used(model: Model): VolumeStatus {
  const has = (status: ModelAttachment['status']) => model.attachments.some((each) => each.status === status);
  if (has('attached')) return 'in-use';
  if (has('attaching')) return 'attaching';
  if (has('error_detaching')) return 'error_detaching';
  if (has('error_attaching')) return 'error_attaching';
  return has('reserved') ? 'reserved' : 'available';
}

/** Runs an action on the service; true when it was accepted and, where the client waits, succeeded. */
async function act(
  { services, idle }: Lifecycle,
  id: string,
  model: Model,
  action: Action,
): Promise<string | boolean> {
  const { volumes, attachments, snapshots } = services;
  const chosen =
    'which' in action ? model.attachments[action.which % Math.max(1, model.attachments.length)] : undefined;
  const run = (): Promise<unknown> => {
    switch (action.do) {
      case 'delete':
        return volumes.delete(user, id, { cascade: false, force: false });
      case 'extend':
      case 'extendInUse':
        return volumes.extend(user, id, gibToBytes(model.gib + 1), {
          allowInUse: action.do === 'extendInUse',
        });
      case 'reserve':
      case 'unreserve':
      case 'beginDetaching':
      case 'rollDetaching':
        return volumes[action.do](user, id);
      case 'detach':
        return volumes.detach(user, id, null);
      case 'attach':
        return volumes.attach(user, id, {
          instanceId: null,
          hostName: action.host,
          mountpoint: '/dev/vdb',
          mode: 'rw',
        });
      case 'initialize':
        return volumes.initializeConnection(user, id, connectorOf(action.host));
      case 'terminate':
        return volumes.terminateConnection(user, id, connectorOf(action.host), { force: false });
      case 'createAttachment':
        return attachments.create(user, {
          volumeId: id,
          instanceId: null,
          connector: action.host === null ? null : connectorOf(action.host),
          mode: 'rw',
        });
      case 'updateAttachment':
        return attachments.update(user, chosen?.id ?? crypto.randomUUID(), connectorOf(action.host));
      case 'completeAttachment':
        return attachments.complete(user, chosen?.id ?? crypto.randomUUID());
      case 'deleteAttachment':
        return attachments.delete(user, chosen?.id ?? crypto.randomUUID());
      case 'snapshot':
        return snapshots.create(user, {
          volumeId: id,
          displayName: null,
          displayDescription: null,
          metadata: {},
          force: action.force,
        });
      case 'deleteSnapshot':
        return snapshots.delete(
          user,
          model.snapshots[action.which % Math.max(1, model.snapshots.length)] ?? crypto.randomUUID(),
          { force: false },
        );
      case 'break':
      case 'mend':
        return Promise.resolve();
    }
  };
  try {
    const made = await run();
    await idle();
    return typeof made === 'object' && made !== null && 'id' in made ? String(made.id) : true;
  } catch {
    await idle();
    return false;
  }
}

/** Gives `host` access: false when the backend refuses. */
function connect(model: Model, host: string): boolean {
  if (model.broken.has('initializeConnection')) return false;
  model.connected.add(host);
  return true;
}

/** Removes an attachment; false when its access cannot be taken. */
function remove(model: Model, attachment: ModelAttachment): boolean {
  const { host } = attachment;
  const shared = model.attachments.some((each) => each !== attachment && each.host === host);
  if (host !== null && !shared && model.broken.has('terminateConnection')) {
    attachment.status = 'error_detaching';
    model.status = used(model);
    return false;
  }
  model.attachments = model.attachments.filter((each) => each !== attachment);
  if (host !== null && !shared) model.connected.delete(host);
  model.status = used(model);
  return true;
}

/** What the action must do. Changes the model; returns whether it must succeed. */
function predict(model: Model, action: Action): boolean {
  const is = (...statuses: string[]) => statuses.includes(model.status);
  const free = model.attachments.length === 0;
  const attachment =
    'which' in action ? model.attachments[action.which % Math.max(1, model.attachments.length)] : undefined;
  switch (action.do) {
    case 'delete':
      if (!is('available', 'error', 'error_deleting', 'error_extending')) return false;
      if (!free || model.connected.size > 0 || model.snapshots.length > 0) return false;
      model.status = model.broken.has('deleteVolume') ? 'error_deleting' : 'gone';
      return true;
    case 'extend':
    case 'extendInUse': {
      const inUse = action.do === 'extendInUse';
      if (!(is('available', 'error_extending') || (inUse && is('in-use'))) || (!inUse && !free)) return false;
      if (model.broken.has('extendVolume')) model.status = 'error_extending';
      else {
        model.gib += 1;
        model.status = used(model);
      }
      return true;
    }
    case 'reserve':
      if (!is('available') && !(model.multiattach && is('in-use'))) return false;
      model.status = 'attaching';
      return true;
    case 'unreserve':
      if (!is('attaching', 'reserved', 'error_attaching')) return false;
      model.status = used(model);
      return true;
    case 'beginDetaching':
      if (!is('in-use')) return false;
      model.status = 'detaching';
      return true;
    case 'rollDetaching':
      if (!is('detaching')) return false;
      model.status = 'in-use';
      return true;
    case 'attach': {
      if (model.attachments.some((each) => each.status === 'attached' && each.legacyHost === action.host))
        return true;
      if ((!free && !model.multiattach) || !is(...users)) return false;
      const unclaimed = [...model.connected].filter(
        (host) => !model.attachments.some((each) => each.host === host),
      );
      const host = model.connected.has(action.host)
        ? action.host
        : unclaimed.length === 1
          ? (unclaimed[0] ?? null)
          : null;
      model.attachments.push({ id: '', status: 'attached', host, legacyHost: action.host });
      model.status = used(model);
      return true;
    }
    case 'initialize':
      return is(...users) && connect(model, action.host);
    case 'terminate':
      if (!is(...users, 'error_extending', 'error')) return false;
      // Two of its attachments share the access: whose it was is not said.
      if (model.attachments.filter((each) => each.host === action.host).length > 1) return true;
      if (model.broken.has('terminateConnection')) return false;
      model.connected.delete(action.host);
      return true;
    case 'detach': {
      const [only, second] = model.attachments;
      if (second !== undefined) return false;
      if (only !== undefined) return is(...users, 'error_extending', 'error') && remove(model, only);
      if (model.status === 'available' && model.connected.size === 0) return false;
      if (!is(...users, 'error_extending', 'error')) return false;
      if (model.connected.size > 0 && model.broken.has('terminateConnection')) return false;
      model.connected.clear();
      if (is(...users)) model.status = used(model);
      return true;
    }
    case 'createAttachment': {
      if (!(model.multiattach ? is(...users) : is('available') && model.connected.size === 0)) return false;
      if (action.host !== null && !connect(model, action.host)) {
        model.status = used(model);
        return false;
      }
      const status = action.host === null ? 'reserved' : 'attaching';
      model.attachments.push({ id: '', status, host: action.host, legacyHost: action.host });
      model.status = used(model);
      return true;
    }
    case 'updateAttachment': {
      if (attachment === undefined || !is(...users)) return false;
      if (!['reserved', 'attaching', 'error_attaching'].includes(attachment.status)) return false;
      const { host } = attachment;
      if (host !== null && host !== action.host && model.connected.has(host)) return false;
      attachment.host = action.host;
      attachment.legacyHost = action.host;
      const connected = connect(model, action.host);
      attachment.status = connected ? 'attaching' : 'error_attaching';
      model.status = used(model);
      return connected;
    }
    case 'completeAttachment':
      if (attachment === undefined || !['attaching', 'attached'].includes(attachment.status) || !is(...users))
        return false;
      attachment.status = 'attached';
      model.status = used(model);
      return true;
    case 'deleteAttachment':
      return (
        attachment !== undefined && is(...users, 'error_extending', 'error') && remove(model, attachment)
      );
    case 'snapshot':
      if (!is('available') && !(action.force && is('in-use'))) return false;
      model.snapshots.push('');
      return true;
    case 'deleteSnapshot':
      if (model.snapshots.length === 0) return false;
      model.snapshots.splice(action.which % model.snapshots.length, 1);
      return true;
    case 'break':
    case 'mend':
      if (action.do === 'break') {
        model.broken.delete(opposite.get(action.operation) ?? action.operation);
        model.broken.add(action.operation);
      } else model.broken.delete(action.operation);
      return true;
  }
}

const opposite = new Map<OperationName, OperationName>([
  ['initializeConnection', 'terminateConnection'],
  ['terminateConnection', 'initializeConnection'],
]);
const host = fc.constantFrom('a', 'b', 'c');
const which = fc.nat(5);
const breakable = fc.constantFrom<OperationName>(
  'deleteVolume',
  'extendVolume',
  'initializeConnection',
  'terminateConnection',
);
const plain = [
  'delete',
  'extend',
  'extendInUse',
  'reserve',
  'unreserve',
  'beginDetaching',
  'rollDetaching',
  'detach',
] as const;
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constantFrom(...plain) }),
  fc.record({ do: fc.constantFrom('attach' as const, 'initialize' as const, 'terminate' as const), host }),
  fc.record({ do: fc.constant('createAttachment' as const), host: fc.option(host) }),
  fc.record({ do: fc.constant('updateAttachment' as const), which, host }),
  fc.record({ do: fc.constantFrom('completeAttachment' as const, 'deleteAttachment' as const), which }),
  fc.record({ do: fc.constant('snapshot' as const), force: fc.boolean() }),
  fc.record({ do: fc.constant('deleteSnapshot' as const), which }),
  fc.record({ do: fc.constantFrom('break' as const, 'mend' as const), operation: breakable }),
);

test('any sequence of actions leaves the volume, its attachments and the backend as the model says', {
  timeout: 120_000,
}, async () => {
  const life = await startLifecycle();
  const { driver, deps } = life;
  const refuse = (operation: OperationName) => () => {
    throw new ContractError('BACKEND_ERROR', `${operation} is broken`);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(action, { minLength: 5, maxLength: 30 }),
      async (multiattach, actions) => {
        driver.before.clear();
        const { id, backendName } = await makeVolume(life, { multiattach });
        const model: Model = {
          status: 'available',
          multiattach,
          attachments: [],
          connected: new Set(),
          snapshots: [],
          broken: new Set(),
          gib: 1,
        };
        for (const each of actions) {
          if (each.do === 'break') driver.before.set(each.operation, refuse(each.operation));
          // An undo that fails too is a case of its own (attachments.test.ts): here one of the two works.
          const other = each.do === 'break' ? opposite.get(each.operation) : undefined;
          if (other !== undefined) driver.before.delete(other);
          if (each.do === 'mend') driver.before.delete(each.operation);
          const outcome = await act(life, id, model, each);
          expect(outcome !== false, `${each.do} in ${model.status}`).toBe(predict(model, each));
          if (model.status === 'gone') break;
          const volume = await life.services.volumes.get(user, id);
          const attachments = await deps.state.attachments.ofVolume(id);
          const snapshots = await deps.state.snapshots.ofVolume(id);
          // Ids are the service's to choose: taken over in the order of their making.
          for (const [index, found] of attachments.entries()) {
            const known = model.attachments[index];
            if (known !== undefined) known.id = found.id;
          }
          model.snapshots = model.snapshots.map((_, index) => snapshots[index]?.id ?? 'missing');
          const access = [...driver.holdings.access.keys()].filter((key) => key.startsWith(backendName));
          expect({
            status: volume.status,
            size: volume.size,
            attachments: attachments.map(({ status }) => status),
            access: access.map((key) => key.split(':').at(-1)).sort(),
            exported: driver.holdings.exports.has(backendName),
            snapshots: snapshots.map(({ status }) => status),
          }).toEqual({
            status: model.status,
            size: gibToBytes(model.gib),
            attachments: model.attachments.map(({ status }) => status),
            access: [...model.connected].sort(),
            exported: model.connected.size > 0,
            snapshots: model.snapshots.map(() => 'available'),
          });
        }
        expect(await deps.state.journal.unfinished()).toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
});
