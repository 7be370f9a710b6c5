// lvmChurn.ts GROUP TYPE COUNT PREFIX: makes volumes, all at once, one of them by a name that all processes share, snapshots, grows and
// deletes them; prints what went wrong.
import { bytes, MIB } from '@scoria/driver-sdk';
import { runWork } from '../../e2e/contract/support/runWork.ts';
import { openStore, volume } from './lvm.ts';

const [group = '', type = '', count = '0', prefix = ''] = process.argv.slice(2);
const store = await openStore(group, { lvm_type: type });
const failures: string[] = [];
const numbers = Array.from({ length: Number(count) }, (_, index) => index);

await Promise.all([
  store.create(volume('volume-shared')).catch((error: unknown) => failures.push(String(error))),
  ...numbers.map(async (index) => {
    const name = `volume-${prefix}-${index}`;
    try {
      await store.create(volume(name));
      await store.snapshot(`snapshot-${prefix}-${index}`, name, { volumeInUse: true });
      const snapshot = `snapshot-${prefix}-${index}`;
      await runWork((await store.deleteSnapshot(snapshot)).work);
      await store.deleteSnapshot(snapshot, { workDone: true });
      await store.extend(name, bytes(12 * MIB));
      await runWork((await store.delete(name)).work);
      await store.delete(name, { workDone: true });
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }),
]);
console.log(JSON.stringify(failures));
