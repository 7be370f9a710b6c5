import { statSync } from 'node:fs';
import { DataMover } from '../../src/index.ts';

/**
 * Wipes in a process of its own, for tests that kill it: `node wipeUntilKilled.ts PATH OFFSET LENGTH METHOD BYTES_PER_SECOND`. Says
 * `durable N` on stdout as it goes on, and `done` at the end.
 */
const [path = '', offset, length, method, bytesPerSecond] = process.argv.slice(2);
const { dev, ino } = statSync(path, { bigint: true });
const mover = new DataMover({ maxThreads: 1, checkpointMs: 1_000 });
mover.start();
await mover.wipe(
  {
    target: { path, identity: { type: 'inode', dev: String(dev), ino: String(ino) }, offset: Number(offset) },
    length: Number(length),
    method: method === 'shred' ? 'shred' : 'zero',
    require: 'overwritten',
    io: { bytesPerSecond: Number(bytesPerSecond) },
  },
  {
    progressIntervalMs: 5,
    onProgress: ({ durableBytes }) => void process.stdout.write(`durable ${durableBytes}\n`),
  },
);
process.stdout.write('done\n');
await mover.close();
