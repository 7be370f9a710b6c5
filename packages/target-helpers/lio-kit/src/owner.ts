import { createHash } from 'node:crypto';
import { backendNameSchema } from '@scoria/driver-sdk';

const PREFIX = 'scoria';

/**
 * Says whose a backstore is. LIO is everybody's: a backstore is named `scoria.<tag>.<volume>`, the tag being that of this backend's state
 * directory, and a target is ours when its LUN has such a backstore. Names survive targetctl and a reboot.
 */
export interface Owner {
  /** Name of a volume's backstore. */
  backstoreName(volume: string): string;
  /** The volume of a backstore; null when it is not ours. */
  volumeOf(backstoreName: string): string | null;
}

/** The owner whose state is in that directory. */
export function ownerOf(stateDir: string): Owner {
  const tag = createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
  const prefix = `${PREFIX}.${tag}.`;
  return {
    backstoreName: (volume) => `${prefix}${volume}`,
    volumeOf: (name) => {
      if (!name.startsWith(prefix)) return null;
      const volume = name.slice(prefix.length);
      return backendNameSchema.safeParse(volume).success ? volume : null;
    },
  };
}
