import { existsSync } from 'node:fs';

const programs = [
  '/usr/bin/qemu-system-x86_64',
  '/usr/bin/mmdebstrap',
  '/bin/busybox',
  '/usr/sbin/depmod',
  '/usr/bin/xz',
  '/usr/bin/tcc',
  '/usr/bin/taskset',
];

/** What a machine lacks to run the lab; empty when it can. */
export function missingPrograms(): string[] {
  const absent = programs.filter((path) => !existsSync(path));
  return process.getuid?.() === 0 ? absent : [...absent, 'root to make the image'];
}
