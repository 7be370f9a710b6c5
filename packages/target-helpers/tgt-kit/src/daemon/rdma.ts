import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { HostExecError, run } from '@scoria/host-exec';

const DEVICES = '/dev/infiniband';
/** Where user space's drivers of RDMA devices say that they are there (libibverbs). */
const PROVIDERS = '/etc/libibverbs.d';
const MODPROBE_MS = 30_000;
const APPEAR_MS = 10_000;
const POLL_MS = 50;
/** What user space reaches RDMA devices through; the devices' own modules are the administrator's (rdma_rxe, mlx5_ib, …). */
const MODULES = ['rdma_ucm', 'ib_uverbs'];

/** What tgtd's iSER driver needs and this host lacks, in words; null when nothing. It looks only once, when tgtd starts. */
export async function rdmaMissing(): Promise<string | null> {
  const names = await readdir(DEVICES).catch((): string[] => []);
  if (!names.includes('rdma_cm')) return `there is no ${DEVICES}/rdma_cm (kernel module rdma_ucm)`;
  if (!names.some((name) => /^uverbs\d+$/.test(name)))
    return `there is no RDMA device in ${DEVICES} (kernel module ib_uverbs, and that of the device)`;
  const providers = await readdir(PROVIDERS).catch((): string[] => []);
  if (!providers.some((name) => name.endsWith('.driver')))
    return `there is no driver of RDMA devices for user space in ${PROVIDERS} (Debian package ibverbs-providers)`;
  return null;
}

/** Asks for what is missing, and waits for it: device nodes appear some time after their modules. @returns what is still missing */
export async function prepareRdma(): Promise<string | null> {
  if ((await rdmaMissing()) === null) return null;
  try {
    await run('modprobe', ['-a', ...MODULES], { asRoot: true, deadlineMs: MODPROBE_MS });
  } catch (error) {
    if (!(error instanceof HostExecError)) throw error;
    return `${await rdmaMissing()}: ${error.message.split('\n')[0]}`;
  }
  const end = performance.now() + APPEAR_MS;
  for (;;) {
    const missing = await rdmaMissing();
    if (missing === null || performance.now() > end) return missing;
    await setTimeout(POLL_MS);
  }
}

/** A TCP port of the loopback interface that was free a moment ago. */
export async function freeLoopbackPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve()),
  );
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}
