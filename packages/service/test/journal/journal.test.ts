import { ContractError } from '@scoria/core/contract';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { wasNeverSent } from '../../src/backends/index.ts';
import { Interrupted, Journal, type Operation, type Step } from '../../src/journal/index.ts';
import { openState, type State } from '../../src/state/index.ts';
import { scratchState, volumeRecord } from '../fixtures/scratchState.ts';

const log = pino({ level: 'silent' });
type Args = { readonly id: string };

function operation(
  steps: readonly Step<Args>[],
  change: Partial<Operation<Args, string>> = {},
): Operation<Args, string> {
  return {
    kind: 'test.operation',
    args: z.object({ id: z.string() }),
    onRestart: 'resume',
    steps: () => steps,
    locks: ({ id }) => [{ key: id, mode: 'exclusive' }],
    complete: async () => 'result',
    abandon: async () => undefined,
    ...change,
  };
}

/** A step that tells `trace` what happens to it. */
function step(name: string, trace: string[], change: Partial<Step<Args>> = {}): Step<Args> {
  return {
    name,
    run: async () => {
      trace.push(name);
      return undefined;
    },
    undo: async () => {
      trace.push(`undo ${name}`);
      return undefined;
    },
    ...change,
  };
}

const failing = (message: string) => async () => {
  throw new ContractError('BACKEND_ERROR', message);
};

const begin = (journal: Journal, what: Operation<Args, string>, id = 'object') =>
  journal.begin(what, 'req-1', async () => ({ objectId: id, args: { id }, value: undefined }));

test('steps run in order, what they record lands with their end, and the entry is closed', async () => {
  const { state } = await scratchState();
  const journal = new Journal({ state, log });
  const trace: string[] = [];
  const volume = volumeRecord();
  const { completion } = await begin(
    journal,
    operation([
      step('one', trace, { run: async () => async (tables) => tables.volumes.insert(volume) }),
      step('two', trace, {
        run: async () => {
          trace.push((await state.volumes.find(volume.id)) === undefined ? 'unrecorded' : 'recorded');
          return undefined;
        },
      }),
    ]),
  );
  expect(await completion).toBe('result');
  expect(trace).toEqual(['recorded']);
  const [entry] = await state.journal.ofObject('object');
  expect(entry).toMatchObject({ state: 'done', steps: ['one', 'two'], requestId: 'req-1', run: 1 });
  expect((await state.journal.stepsOf(entry?.id ?? 0)).map(({ name, state: end }) => [name, end])).toEqual([
    ['one', 'done'],
    ['two', 'done'],
  ]);
});

test('a claim that throws leaves no entry and runs nothing', async () => {
  const { state } = await scratchState();
  const trace: string[] = [];
  const refused = new Journal({ state, log }).begin(
    operation([step('one', trace)]),
    'req-1',
    async (tables) => {
      await tables.volumes.insert(volumeRecord());
      throw new Error('refused');
    },
  );
  await expect(refused).rejects.toThrow('refused');
  expect(trace).toEqual([]);
  expect(await state.journal.unfinished()).toEqual([]);
});

test('a failure undoes in reverse, the failed step included; the first cause wins and clean-up errors are secondary', async () => {
  const { state } = await scratchState();
  const trace: string[] = [];
  let abandoned: ContractError | undefined;
  const { completion } = await begin(
    new Journal({ state, log }),
    operation(
      [
        step('one', trace),
        step('two', trace, { undo: failing('cannot undo two') }),
        step('three', trace, { run: failing('the cause') }),
        step('never', trace),
      ],
      {
        abandon: async (_tables, _context, error) => {
          abandoned = error;
        },
      },
    ),
  );
  await expect(completion).rejects.toMatchObject({ message: 'the cause', secondary: ['cannot undo two'] });
  expect(trace).toEqual(['one', 'two', 'undo three', 'undo one']);
  expect(abandoned?.secondary).toEqual(['cannot undo two']);
  const [entry] = await state.journal.ofObject('object');
  expect(entry).toMatchObject({ state: 'failed' });
  expect(entry?.failure).toContain('the cause');
  expect((await state.journal.stepsOf(entry?.id ?? 0)).map((each) => each.state)).toEqual([
    'undone',
    'undo-failed',
    'undone',
  ]);
});

test('a result that cannot be recorded is a failure like any other', async () => {
  const { state } = await scratchState();
  const trace: string[] = [];
  const { completion } = await begin(
    new Journal({ state, log }),
    operation([
      step('one', trace, {
        run: async () => async () => {
          throw new Error('disk full');
        },
      }),
    ]),
  );
  await expect(completion).rejects.toThrow('disk full');
  expect(trace).toEqual(['undo one']);
});

/** Begins an operation and stops the service while its second step runs; returns the database's path. */
async function interrupted(trace: string[], change: Partial<Operation<Args, string>> = {}) {
  const { state, path } = await scratchState();
  const journal = new Journal({ state, log });
  let reached: () => void = () => undefined;
  const inside = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const hanging = step('two', trace, {
    run: ({ signal }) =>
      new Promise((_, reject) => {
        reached();
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  const { completion } = await begin(
    journal,
    operation([step('one', trace), hanging, step('three', trace)], change),
  );
  const ended = expect(completion).rejects.toBeInstanceOf(Interrupted);
  await inside;
  await journal.drain(1);
  await ended;
  expect(await state.journal.unfinished()).toHaveLength(1);
  await state.close();
  return path;
}

async function restarted(path: string, what: Operation<Args, string>): Promise<State> {
  const state = await openState(path);
  const journal = new Journal({ state, log });
  journal.register(what);
  const recovery = await journal.prepareRecovery();
  expect(recovery.count).toBe(1);
  recovery.start();
  await journal.idle();
  return state;
}

test('a restart goes on at the step that was under way', async () => {
  const trace: string[] = [];
  const path = await interrupted(trace);
  const ids: string[] = [];
  const state = await restarted(
    path,
    operation([
      step('one', trace),
      step('two', trace, {
        run: async (context) => {
          ids.push(`${context.run} ${context.driverRequestId('two')}`);
          trace.push('two');
          return undefined;
        },
      }),
      step('three', trace),
    ]),
  );
  expect(trace).toEqual(['one', 'two', 'three']);
  expect(ids).toEqual(['2 req-1:1:two']);
  expect((await state.journal.ofObject('object'))[0]).toMatchObject({ state: 'done', run: 2 });
  await state.close();
});

test('a restart undoes what is not to be resumed, and says why', async () => {
  const trace: string[] = [];
  const path = await interrupted(trace, { onRestart: 'undo' });
  const steps = [step('one', trace), step('two', trace), step('three', trace)];
  const state = await restarted(path, operation(steps, { onRestart: 'undo' }));
  expect(trace).toEqual(['one', 'undo three', 'undo two', 'undo one']);
  expect((await state.journal.ofObject('object'))[0]).toMatchObject({
    state: 'failed',
    failure: expect.stringContaining('restarted'),
  });
  await state.close();
});

test('an entry of an unknown kind or with broken arguments is left for a version that knows it', async () => {
  const { state } = await scratchState();
  const base = { objectId: 'x', requestId: 'req-1', steps: ['one'] };
  await state.journal.open({ ...base, kind: 'unknown.kind', arguments: {} });
  await state.journal.open({ ...base, kind: 'test.operation', arguments: { id: 7 } });
  const journal = new Journal({ state, log });
  journal.register(operation([step('one', [])]));
  const recovery = await journal.prepareRecovery();
  expect(recovery.count).toBe(2);
  recovery.start();
  await journal.idle();
  expect(await state.journal.unfinished()).toHaveLength(2);
});

test('operations on one object take turns, on two objects they do not', async () => {
  const { state } = await scratchState();
  const journal = new Journal({ state, log });
  let inside = 0;
  let most = 0;
  const counting = operation([
    step('one', [], {
      run: async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
        return undefined;
      },
    }),
  ]);
  await Promise.all(
    (await Promise.all([1, 2, 3].map(() => begin(journal, counting)))).map((each) => each.completion),
  );
  expect(most).toBe(1);
  await Promise.all(
    (await Promise.all(['a', 'b', 'c'].map((id) => begin(journal, counting, id)))).map(
      (each) => each.completion,
    ),
  );
  expect(most).toBeGreaterThan(1);
});

test('who waits too long for an object is told who holds it, and its entry is closed', async () => {
  const { state } = await scratchState();
  const journal = new Journal({ state, log });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = operation([step('one', [], { run: () => held.then(() => undefined) })]);
  const first = await begin(journal, slow);
  const second = await begin(journal, operation([step('one', [])], { lockTimeoutMs: 5 }));
  await expect(second.completion).rejects.toMatchObject({
    code: 'ABORTED',
    message: expect.stringContaining('test.operation of object'),
  });
  release();
  await first.completion;
  expect(await state.journal.unfinished()).toEqual([]);
});

test('ended entries are pruned with their steps, unfinished ones never', async () => {
  const { state } = await scratchState();
  const journal = new Journal({ state, log });
  await (await begin(journal, operation([step('one', [])]))).completion;
  const open = await state.journal.open({
    kind: 'k',
    objectId: 'o',
    requestId: 'r',
    arguments: {},
    steps: [],
  });
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect(await journal.prune(60_000)).toBe(0);
  expect(await journal.prune(0)).toBe(1);
  expect((await state.journal.unfinished()).map(({ id }) => id)).toEqual([open]);
  expect(await state.journal.stepsOf(1)).toEqual([]);
});

test('until recovery is started nothing happens, and nobody else gets at the object', async () => {
  const trace: string[] = [];
  const path = await interrupted(trace);
  const state = await openState(path);
  const journal = new Journal({ state, log });
  const resumed = operation([step('one', trace), step('two', trace), step('three', trace)]);
  journal.register(resumed);
  const recovery = await journal.prepareRecovery();
  const newcomer = operation([step('newcomer', trace)], { kind: 'test.newcomer' });
  const { completion } = await begin(journal, newcomer);
  await new Promise((resolve) => setImmediate(resolve));
  expect(trace).toEqual(['one']);
  recovery.start();
  await completion;
  expect(trace).toEqual(['one', 'two', 'three', 'newcomer']);
  await state.close();
});

test.each(['ALREADY_EXISTS', 'NOT_INITIALIZED'] as const)(
  'an undo that a stop interrupted goes on with the cause it had: %s',
  async (code) => {
    const trace: string[] = [];
    const { state, path } = await scratchState();
    const first = new Journal({ state, log });
    const { promise: undoing, resolve: reached } = Promise.withResolvers<void>();
    const steps = (undo: Step<Args>['undo']) => [
      step('one', trace),
      step('two', trace, {
        run: async () => {
          throw new ContractError(code, 'not ours', { details: { sent: true } });
        },
        ...(undo !== undefined && { undo }),
      }),
    ];
    const hanging: Step<Args>['undo'] = ({ signal }) => {
      reached();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const { completion } = await begin(first, operation(steps(hanging)));
    const ended = expect(completion).rejects.toBeInstanceOf(Interrupted);
    await undoing;
    await first.drain(1);
    await ended;
    await state.close();
    const causes: string[] = [];
    const after = await restarted(
      path,
      operation(
        steps(async (_context, cause) => {
          // Taken for a request that never went out, it would be skipped.
          causes.push(`${cause.code} ${cause.message} ${wasNeverSent(cause)}`);
          return undefined;
        }),
      ),
    );
    expect(causes).toEqual([`${code} not ours false`]);
    expect(trace).toEqual(['one', 'undo one']);
    await after.close();
  },
);

test('a journal that is draining begins nothing', async () => {
  const { state } = await scratchState();
  const journal = new Journal({ state, log });
  await journal.drain(1);
  await expect(begin(journal, operation([]))).rejects.toMatchObject({ kind: 'ServiceUnavailable' });
  expect(await state.journal.unfinished()).toEqual([]);
});

test('a cancelled operation is undone, with a signal that is not aborted, and fails for that reason', async () => {
  const { state } = await scratchState();
  const journal = new Journal({ state, log });
  const trace: string[] = [];
  const reached = Promise.withResolvers<void>();
  const slow: Partial<Step<Args>> = {
    run: async ({ signal }) => {
      reached.resolve();
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('whatever a tool says when it is killed')));
      });
      return undefined;
    },
    undo: async ({ signal }) => {
      trace.push(signal.aborted ? 'undo that cannot work' : 'undo slow');
      return undefined;
    },
  };
  const { completion } = await begin(journal, operation([step('one', trace), step('slow', trace, slow)]));
  await reached.promise;
  expect(await journal.cancel('another object', ['test.operation'], 'no')).toBe(0);
  expect(await journal.cancel('object', ['another.kind'], 'no')).toBe(0);
  expect(await journal.cancel('object', ['test.operation'], 'cancelled by a test')).toBe(1);
  await expect(completion).rejects.toMatchObject({ code: 'CANCELLED', message: 'cancelled by a test' });
  expect(trace).toEqual(['one', 'undo slow', 'undo one']);
  expect(await state.journal.ofObject('object')).toMatchObject([{ state: 'failed' }]);
});

test('an operation that is cancelled while it waits for its turn runs nothing', async () => {
  const { state } = await scratchState();
  const journal = new Journal({ state, log });
  const trace: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const first = await begin(
    journal,
    operation([step('holds the lock', trace, { run: () => gate.promise })], { kind: 'test.holder' }),
  );
  const second = await begin(journal, operation([step('never', trace)]));
  const cancelling = journal.cancel('object', ['test.operation'], 'too late');
  await expect(second.completion).rejects.toMatchObject({ code: 'CANCELLED', message: 'too late' });
  expect(await cancelling).toBe(1);
  gate.resolve(undefined);
  await first.completion;
  expect(trace).toEqual([]);
});
