import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ProgressBoard } from '../../src/progress/index.ts';
import { openState } from '../../src/state/index.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

test('after a restart the progress of work that goes on is shown, and not that of work which has ended', async () => {
  const state = await openState(`${scratchDirectory()}/state.db`);
  const updatedAt = new Date().toISOString();
  const left = { operation: 'backup', doneBytes: 1, totalBytes: 2, updatedAt } as const;
  for (const objectId of ['backup', 'its-volume', 'ended']) await state.progress.put({ objectId, ...left });
  const entry = { kind: 'backup.create', objectId: 'backup', requestId: 'req-1', steps: ['backUp'] };
  await state.journal.open({ ...entry, arguments: { volumeId: 'its-volume' } });
  const board = new ProgressBoard({ state, log: pino({ level: 'silent' }) });
  await board.load();
  expect(board.of('backup')).toMatchObject(left);
  expect(board.of('its-volume')).toMatchObject(left);
  expect(board.of('ended')).toBeUndefined();
  expect((await state.progress.all()).map(({ objectId }) => objectId).sort()).toEqual([
    'backup',
    'its-volume',
  ]);
  await state.close();
});
