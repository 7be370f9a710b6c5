// lvmChurn.ts GROUP TYPE COUNT PREFIX: makes volumes, all at once, one of them by a name that all processes share, snapshots, grows and
// deletes them; prints what went wrong.
import { bytes, MIB } from '@scoria/driver-sdk';
import { deleteSnapshot, deleteVolume, openStore, volume } from './lvm.ts';

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
      await deleteSnapshot(store, `snapshot-${prefix}-${index}`);
      await store.extend(name, bytes(12 * MIB));
      await deleteVolume(store, name);
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }),
]);
console.log(JSON.stringify(failures));
