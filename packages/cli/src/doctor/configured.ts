import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BackendConfig, ScoriaConfig } from '@scoria/service/config';
import { loadOrFail } from '../config/loadOrFail.ts';
import type { Finding } from './finding.ts';
import { answers, cannotListen } from './network.ts';
import { whichProgram } from './tools.ts';

/** A configuration, and what its backends need on this host. */
export async function examineConfigured(path: string): Promise<Finding[]> {
  let config: ScoriaConfig;
  try {
    config = await loadOrFail(path);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [
      {
        state: 'FAIL',
        check: 'configuration',
        found,
        fix: 'correct it; "scoria config check" checks it alone',
      },
    ];
  }
  const findings: Finding[] = [{ state: 'ok', check: 'configuration', found: config.file, fix: null }];
  findings.push(await examineDirectory('state_dir', config.stateDirectory), ...(await examineApi(config)));
  for (const backend of config.backends) findings.push(...(await examineBackend(backend)));
  return findings;
}

async function examineApi({ api }: ScoriaConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (api.socket !== null) {
    const serving = await answers({ path: api.socket });
    const found = serving ? `a service answers on ${api.socket}` : `${api.socket}: no service runs`;
    findings.push({ state: 'info', check: 'service', found, fix: null });
    if (!serving) findings.push(await examineDirectory('api.socket', dirname(api.socket)));
  }
  if (api.listen !== null) {
    const { host, port } = api.listen;
    const problem = (await answers({ host, port })) ? 'EADDRINUSE' : await cannotListen(host, port);
    findings.push(
      problem === null
        ? { state: 'ok', check: 'api.listen', found: `${host} port ${port} is free`, fix: null }
        : {
            state: problem === 'EADDRINUSE' ? 'info' : 'FAIL',
            check: 'api.listen',
            found:
              problem === 'EADDRINUSE'
                ? `${host} port ${port} is in use (by the service, if it runs)`
                : problem,
            fix:
              problem === 'EADDRINUSE'
                ? null
                : 'choose an address of this host, and a port above 1023 without root',
          },
    );
  }
  return findings;
}

async function examineBackend(backend: BackendConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (backend.helper?.name === 'tgtadm' || backend.helper?.name === 'iseradm')
    findings.push(await examineTgtd(backend));
  const folder = backend.options['file_store_dir'];
  if (backend.store?.name === 'file' && typeof folder === 'string') {
    findings.push(await examineDirectory(`${backend.name}: file_store_dir`, folder));
  }
  return findings;
}

async function examineTgtd({ name, options }: BackendConfig): Promise<Finding> {
  const check = `${name}: tgtd`;
  const socket = `${options['tgt_control_socket'] ?? '/var/run/tgtd/socket'}.${options['tgt_control_port'] ?? 0}`;
  if (await answers({ path: socket }))
    return { state: 'ok', check, found: `answers on ${socket}`, fix: null };
  if ((await whichProgram('tgtd')) === null) {
    return { state: 'FAIL', check, found: 'tgtd is not installed', fix: 'apt-get install tgt' };
  }
  if (options['tgt_spawn'] === true) {
    return { state: 'ok', check, found: 'not running; the driver starts it', fix: null };
  }
  return {
    state: 'FAIL',
    check,
    found: `nothing answers on ${socket}`,
    fix: 'systemctl start tgt, or set "tgt_spawn: true" in the section',
  };
}

/** Whether a directory is writable, or could be made. */
async function examineDirectory(check: string, path: string): Promise<Finding> {
  for (let folder = path; ; folder = dirname(folder)) {
    const kind = await stat(folder).then(
      (facts) => (facts.isDirectory() ? 'directory' : 'other'),
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'absent' : 'other'),
    );
    if (kind === 'absent' && folder !== dirname(folder)) continue;
    if (kind !== 'directory')
      return { state: 'FAIL', check, found: `${folder} is not a directory`, fix: 'choose another path' };
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (!writable)
      return {
        state: 'FAIL',
        check,
        found: `${folder} is not writable`,
        fix: `change its owner or mode, or choose another path`,
      };
    return { state: 'ok', check, found: folder === path ? path : `${path} (to be made)`, fix: null };
  }
}
