import type { PoolStats, VolumeStats } from '@scoria/core/contract';

type Capability = string | number | boolean;

/** All that a type's extra specs may ask of a pool, by the original's names. */
export function poolCapabilities(stats: VolumeStats, pool: PoolStats): ReadonlyMap<string, Capability> {
  return new Map<string, Capability>([
    ['volume_backend_name', stats.volumeBackendName],
    ['vendor_name', stats.vendorName],
    ['driver_version', stats.driverVersion],
    ['storage_protocol', stats.storageProtocol],
    ['pool_name', pool.name],
    ['thin_provisioning_support', pool.thinProvisioning],
    ['thick_provisioning_support', pool.thickProvisioning],
    ['multiattach', pool.multiattach],
    ['QoS_support', pool.qosSupport],
    ...Object.entries(pool.capabilities),
  ]);
}

/**
 * The first extra spec that a pool does not meet, as a sentence; null when it meets all. Keys with a scope other than
 * `capabilities:` are for drivers, not for the scheduler.
 */
export function unmetSpec(
  specs: Readonly<Record<string, string>>,
  capabilities: ReadonlyMap<string, Capability>,
): string | null {
  for (const [key, wanted] of Object.entries(specs)) {
    const name = key.startsWith('capabilities:') ? key.slice('capabilities:'.length) : key;
    if (name.includes(':')) continue;
    const offered = capabilities.get(name);
    if (offered === undefined) return `it has no capability "${name}" (the type asks for ${wanted})`;
    if (!meets(wanted, offered)) return `its ${name} is ${String(offered)}, the type asks for ${wanted}`;
  }
  return null;
}

/** Compares a capability with an extra spec: `<is> True`, `<in> text`, `<or> a <or> b`, `>= 5`, `s== text`, or plain. */
function meets(wanted: string, offered: Capability): boolean {
  const [operator = '', ...rest] = wanted.trim().split(/\s+/);
  const operand = rest.join(' ');
  const text = String(offered);
  switch (operator) {
    case '<is>':
      return truth(operand) === truth(text);
    case '<in>':
      return text.includes(operand);
    case '<or>':
      return wanted
        .split('<or>')
        .map((each) => each.trim())
        .includes(text);
    case '=':
    case '>=':
      return Number(offered) >= Number(operand);
    case '<=':
      return Number(offered) <= Number(operand);
    case '==':
      return Number(offered) === Number(operand);
    case '!=':
      return Number(offered) !== Number(operand);
    case 's==':
      return text === operand;
    case 's!=':
      return text !== operand;
    default:
      return typeof offered === 'boolean' ? truth(wanted) === offered : text === wanted;
  }
}

function truth(text: string): boolean {
  return /^(true|1|yes|on|t|y)$/i.test(text.trim());
}
