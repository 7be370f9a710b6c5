import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskControl } from '../src/control.ts';
import { ShardBoard, type Unit } from '../src/copy/shardBoard.ts';

/** What a shard is to do next, whatever it is doing. */
const steps = fc.array(
  fc.record({ shard: fc.nat(3), bytes: fc.integer({ min: 1, max: 40 }), extend: fc.nat(900) }),
  { maxLength: 400 },
);

describe('a board of shards', () => {
  it('gives every byte to one shard, and its prefix is never more than what is done', () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.nat(800),
        fc.integer({ min: 1, max: 60 }),
        steps,
        (base, rest, unit, plan) => {
          const length = base + rest;
          const memory = ShardBoard.memory();
          const boards = Array.from({ length: 4 }, (_, shard) => new ShardBoard(memory, shard));
          boards[0]?.open(base, length, unit);
          const done = new Uint8Array(length).fill(1, 0, base);
          const work = new Map<number, { unit: Unit; at: number }>();
          const act = (shard: number, bytes: number, extend: number): boolean => {
            const board = boards[shard];
            if (board === undefined) return false;
            const current = work.get(shard);
            if (current === undefined) {
              const taken = board.take();
              if (taken === undefined) return false;
              work.set(shard, { unit: board.extend(taken, extend), at: taken.start });
            } else {
              const now = Math.min(bytes, current.unit.end - current.at);
              for (let position = current.at; position < current.at + now; position += 1) {
                expect(done[position]).toBe(0);
                done[position] = 1;
              }
              board.account('read-write', now);
              current.at += now;
              if (current.at === current.unit.end) work.delete(shard);
            }
            const missing = done.indexOf(0);
            expect(board.prefix).toBeLessThanOrEqual(missing === -1 ? length : missing);
            return true;
          };
          for (const { shard, bytes, extend } of plan) act(shard, bytes, extend);
          for (let shard = 0; shard < 4; shard += 1) while (act(shard, 1000, 0));
          expect(done.includes(0)).toBe(false);
          expect(boards[0]?.prefix).toBe(length);
          expect(boards[0]?.count('read-write')).toBe(rest);
          boards[0]?.awaitOthers(new TaskControl());
        },
      ),
      { numRuns: 300 },
    );
  });

  it('tells helpers to leave and the leader that one failed', () => {
    const memory = ShardBoard.memory();
    const [leader, helper] = [new ShardBoard(memory, 0), new ShardBoard(memory, 1)];
    leader.open(0, 100, 10);
    expect(helper.awaitOpen(new TaskControl())).toBe(true);
    expect(helper.take()).toEqual({ start: 0, end: 10 });
    leader.dismissHelpers();
    expect(helper.take()).toBeUndefined();
    expect(leader.take()).toEqual({ start: 10, end: 20 });
    helper.fail();
    expect(() => leader.take()).toThrow(expect.objectContaining({ code: 'WORKER_FAILED' }) as Error);
  });

  it('sends helpers home when it never opens, and lets them be cancelled', () => {
    const memory = ShardBoard.memory();
    const control = new TaskControl();
    control.cancel();
    expect(() => new ShardBoard(memory, 1).awaitOpen(control)).toThrow(
      expect.objectContaining({ code: 'CANCELLED' }) as Error,
    );
    new ShardBoard(memory, 0).close();
    expect(new ShardBoard(memory, 1).awaitOpen(new TaskControl())).toBe(false);
  });
});
