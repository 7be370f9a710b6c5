import { behind, VOLUMES, volumePrefix } from '../format/names.ts';
import type { BackupContext } from './context.ts';

/** The objects of one volume. */
export interface VolumeObjects {
  readonly volumeId: string;
  /** Ids of finished backups. */
  readonly manifests: string[];
  /** Ids of backups that are being made or were interrupted. */
  readonly intents: string[];
  /** Index segments, `<backup>/<hash>`. */
  readonly index: Set<string>;
  /** Bytes of packs, by `<backup>/<id>`. */
  readonly packs: Map<string, number>;
}

/** All volumes of a repository, or one, with their objects. */
export async function listVolumes(
  { repository }: BackupContext,
  volumeId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<VolumeObjects[]> {
  const volumes = new Map<string, VolumeObjects>();
  const prefix = volumeId === undefined ? VOLUMES : volumePrefix(volumeId);
  for await (const { name, bytes } of repository.list(prefix, signal)) {
    const [id = '', folder = '', ...rest] = behind(VOLUMES, name).split('/');
    const known = volumes.get(id);
    const volume = known ?? {
      volumeId: id,
      manifests: [],
      intents: [],
      index: new Set<string>(),
      packs: new Map<string, number>(),
    };
    if (known === undefined) volumes.set(id, volume);
    const ref = rest.join('/');
    if (folder === 'manifests') volume.manifests.push(ref);
    else if (folder === 'intents') volume.intents.push(ref);
    else if (folder === 'index') volume.index.add(ref);
    else if (folder === 'packs') volume.packs.set(ref, bytes);
  }
  return [...volumes.values()];
}
