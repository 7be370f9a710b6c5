import { expect, test } from 'vitest';
import { snapshotStatuses, volumeStatuses } from '../../src/model/index.ts';
import { snapshotMachine, type Transition, volumeMachine, volumeStatusOf } from '../../src/state/index.ts';

/** contract.md §12.3, written out again by hand: operation, in progress, ok, failure. */
const table = [
  ['create', 'creating', 'available', 'error'],
  ['download', 'downloading', 'available', 'error'],
  ['delete', 'deleting', 'gone', 'error_deleting'],
  ['extend', 'extending', 'attachments', 'error_extending'],
  ['extendInUse', 'extending', 'attachments', 'error_extending'],
  ['attach', 'attaching', 'attachments', 'error_attaching'],
  ['detach', 'detaching', 'attachments', 'error_detaching'],
  ['upload', 'uploading', 'previous', 'previous'],
  ['reimage', 'downloading', 'available', 'error'],
  ['reimageReserved', 'downloading', 'attachments', 'error'],
  ['backup', 'backing-up', 'previous', 'previous'],
  ['restore', 'restoring-backup', 'available', 'error_restoring'],
  ['restoreNew', 'restoring-backup', 'available', 'error_restoring'],
  ['retype', 'retyping', 'previous', 'previous'],
] as const;

test.each(table)('%s: %s, then %s or %s', (operation, during, ok, failed) => {
  expect(volumeMachine[operation]).toMatchObject({ during, ok, failed });
});

/** Which operations may start in which status: every pair, by hand. */
const allowed: Record<string, readonly string[]> = {
  creating: ['download', 'restoreNew'],
  available: [
    'delete',
    'extend',
    'extendInUse',
    'reserve',
    'reserveShared',
    'attachReserve',
    'attachReserveShared',
    'attach',
    'attachComplete',
    'detach',
    'connect',
    'disconnect',
    'reimage',
    'reimageReserved',
    'upload',
    'backup',
    'restore',
    'retype',
    'snapshot',
    'snapshotForced',
    'clone',
    'setMode',
  ],
  reserved: [
    'unreserve',
    'attachReserveShared',
    'attach',
    'attachComplete',
    'detach',
    'connect',
    'disconnect',
    'reimageReserved',
  ],
  attaching: [
    'unreserve',
    'attachReserveShared',
    'attach',
    'attachComplete',
    'detach',
    'connect',
    'disconnect',
  ],
  'in-use': [
    'extendInUse',
    'reserveShared',
    'beginDetaching',
    'attachReserveShared',
    'attach',
    'attachComplete',
    'detach',
    'connect',
    'disconnect',
    'upload',
    'backup',
    'retype',
    'snapshotForced',
    'clone',
    'setMode',
  ],
  detaching: [
    'rollDetaching',
    'attachReserveShared',
    'attach',
    'attachComplete',
    'detach',
    'connect',
    'disconnect',
  ],
  error_attaching: [
    'unreserve',
    'attachReserveShared',
    'attach',
    'attachComplete',
    'detach',
    'connect',
    'disconnect',
  ],
  error_detaching: ['attachReserveShared', 'attach', 'attachComplete', 'detach', 'connect', 'disconnect'],
  error: ['delete', 'detach', 'disconnect', 'reimage', 'reimageReserved', 'setMode'],
  error_deleting: ['delete'],
  error_extending: ['delete', 'extend', 'extendInUse', 'detach', 'disconnect'],
  error_restoring: ['delete', 'restore'],
  'error_backing-up': ['delete'],
};

test('the machine allows exactly what the table by hand allows', () => {
  for (const status of volumeStatuses) {
    const operations = Object.entries(volumeMachine)
      .filter(([, transition]) => (transition as Transition<string>).from.includes(status))
      .map(([name]) => name);
    expect({ status, operations: operations.sort() }).toEqual({
      status,
      operations: [...(allowed[status] ?? [])].sort(),
    });
  }
});

test('a snapshot is deleted from available, error and error_deleting, and from nothing else', () => {
  const from = snapshotStatuses.filter((status) =>
    (snapshotMachine.delete.from as readonly string[]).includes(status),
  );
  expect(from).toEqual(['available', 'error', 'error_deleting']);
  expect(snapshotMachine.create).toMatchObject({ during: 'creating', ok: 'available', failed: 'error' });
  expect(snapshotMachine.delete).toMatchObject({
    during: 'deleting',
    ok: 'gone',
    failed: 'error_deleting',
    busy: 'available',
  });
});

test.each([
  [[], 'available', 'detached'],
  [['reserved'], 'reserved', 'reserved'],
  [['attaching', 'reserved'], 'attaching', 'attaching'],
  [['attached', 'attaching', 'error_detaching'], 'in-use', 'attached'],
  [['detaching', 'error_attaching'], 'detaching', 'detaching'],
  [['error_detaching', 'reserved'], 'error_detaching', 'attached'],
  [['error_attaching'], 'error_attaching', 'detached'],
] as const)('attachments %j make the volume %s', (statuses, status, attachStatus) => {
  expect(volumeStatusOf(statuses.map((each) => ({ status: each })))).toEqual({ status, attachStatus });
});
