import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMAND_PATH, run } from '@scoria/host-exec';
import type { Finding } from './finding.ts';

/** A program that Scoria runs. */
interface Tool {
  readonly program: string;
  /** Debian package. */
  readonly package: string;
  readonly purpose: string;
  /** Arguments that make it print its version; null: it has none. */
  readonly version: readonly string[] | null;
  readonly missing: 'FAIL' | 'warn' | 'info';
}

const tools: readonly Tool[] = [
  { program: 'tgtd', package: 'tgt', purpose: 'iSCSI target', version: ['--version'], missing: 'warn' },
  {
    program: 'qemu-storage-daemon',
    package: 'qemu-utils',
    purpose: 'attach without a kernel initiator',
    version: ['--version'],
    missing: 'warn',
  },
  {
    program: 'losetup',
    package: 'mount',
    purpose: 'block devices of attached volumes',
    version: ['--version'],
    missing: 'warn',
  },
  { program: 'umount', package: 'mount', purpose: 'detach', version: ['--version'], missing: 'FAIL' },
  {
    program: 'blockdev',
    package: 'util-linux',
    purpose: 'flush disks',
    version: ['--version'],
    missing: 'warn',
  },
  {
    program: 'mkfs.xfs',
    package: 'xfsprogs',
    purpose: 'reflink images of the file store',
    version: ['-V'],
    missing: 'info',
  },
  {
    program: 'lvs',
    package: 'lvm2',
    purpose: 'volumes of the LVM store',
    version: ['--version'],
    missing: 'info',
  },
  {
    program: 'thin_check',
    package: 'thin-provisioning-tools',
    purpose: 'thin volumes of the LVM store',
    version: ['--version'],
    missing: 'info',
  },
  {
    program: 'iscsiadm',
    package: 'open-iscsi',
    purpose: "attach by the kernel's initiator",
    version: ['--version'],
    missing: 'info',
  },
];

/** Which programs are there, in which version. */
export async function examineTools(): Promise<Finding[]> {
  return Promise.all([...tools.map(examineTool), examineIscsiDriver()]);
}

/** Where a program is; null when it is not in the fixed path that commands are looked up in. */
export async function whichProgram(program: string): Promise<string | null> {
  for (const folder of COMMAND_PATH.split(':')) {
    const path = join(folder, program);
    const runnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable) return path;
  }
  return null;
}

async function examineTool(tool: Tool): Promise<Finding> {
  const path = await whichProgram(tool.program);
  if (path === null) {
    return {
      state: tool.missing,
      check: tool.program,
      found: `not installed (${tool.purpose})`,
      fix: `apt-get install ${tool.package}`,
    };
  }
  const version = tool.version === null ? '' : await firstLine(tool.program, tool.version);
  return { state: 'ok', check: tool.program, found: version === '' ? path : version, fix: null };
}

async function firstLine(program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(program, args, { exitCodes: 'any', deadlineMs: 5_000 });
  return (stdout.trim() || stderr.trim()).split('\n')[0] ?? '';
}

/** The iSCSI driver is a module that Debian packages apart. */
async function examineIscsiDriver(): Promise<Finding> {
  const check = 'qemu iscsi driver';
  const program = 'qemu-storage-daemon';
  if ((await whichProgram(program)) === null) {
    return { state: 'info', check, found: 'not looked for', fix: null };
  }
  // Without its address the driver refuses to start and says so; without the driver, qemu does not know the name.
  const node = JSON.stringify({ driver: 'iscsi', 'node-name': 'probe' });
  const { stderr } = await run(program, ['--blockdev', node], { exitCodes: 'any', deadlineMs: 5_000 });
  return /unknown driver|does not accept value 'iscsi'/i.test(stderr)
    ? { state: 'warn', check, found: 'not installed', fix: 'apt-get install qemu-block-extra' }
    : { state: 'ok', check, found: 'present', fix: null };
}
