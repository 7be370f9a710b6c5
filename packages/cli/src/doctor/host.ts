import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { release } from 'node:os';
import type { Finding } from './finding.ts';

const LEAST_NODE = 24;

/** The machine itself: Node, user, kernel, device files. */
export async function examineHost(): Promise<Finding[]> {
  return [
    examineNode(),
    examineUser(),
    { state: 'info', check: 'kernel', found: release(), fix: null },
    await examineDevice('/dev/fuse', 'attached volumes as files', 'modprobe fuse'),
    await examineDevice('/dev/loop-control', 'attached volumes as block devices', 'modprobe loop'),
    await examineInitiator(),
  ];
}

function examineNode(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= LEAST_NODE
    ? { state: 'ok', check: 'node', found: process.version, fix: null }
    : { state: 'FAIL', check: 'node', found: process.version, fix: `install Node ${LEAST_NODE} or newer` };
}

function examineUser(): Finding {
  return process.geteuid?.() === 0
    ? { state: 'ok', check: 'user', found: 'root', fix: null }
    : {
        state: 'warn',
        check: 'user',
        found: `uid ${process.geteuid?.()}: attaches files only, and reaches only a tgtd of its own`,
        fix: 'run the service as root',
      };
}

async function examineDevice(path: string, purpose: string, fix: string): Promise<Finding> {
  if (!existsSync(path)) return { state: 'warn', check: path, found: `absent (${purpose})`, fix };
  const usable = await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  return usable
    ? { state: 'ok', check: path, found: 'usable', fix: null }
    : { state: 'warn', check: path, found: `not for this user (${purpose})`, fix: 'run as root' };
}

async function examineInitiator(): Promise<Finding> {
  const { hasKernelIscsi } = await import('@scoria/initiator');
  const present = hasKernelIscsi();
  return {
    state: 'info',
    check: 'kernel iSCSI initiator',
    found: present ? 'loaded' : 'not loaded: volumes are attached by the userland initiator',
    fix: null,
  };
}
