import { z } from 'zod';
import type { ScoriaConfig } from './config/index.ts';
import {
  type AttachOptions,
  HostVolumeAccess,
  serviceInitiators,
  type VolumeAccess,
  type VolumeAccessDependencies,
} from './dataPath/index.ts';
import type { LifecycleSettings } from './dependencies.ts';

/** Drivers of other vendors may not have these options. */
const optionsSchema = z.object({
  num_volume_device_scan_tries: z.number().default(3),
  num_iser_scan_tries: z.number().optional(),
  use_multipath_for_image_xfer: z.boolean().default(false),
});

/** How the service attaches volumes of a backend with these options. */
export function attachOptionsOf(options: Readonly<Record<string, unknown>>): AttachOptions {
  const found = optionsSchema.safeParse(options).data;
  return {
    // Only a driver that speaks iSER takes the first one, and there it wins (contract.md §9, D7).
    scanTries: found?.num_iser_scan_tries ?? found?.num_volume_device_scan_tries ?? 3,
    multipath: found?.use_multipath_for_image_xfer ?? false,
  };
}

/** How the service itself reaches volumes, by what the configuration says of each backend. */
export function composeAccess(
  config: Pick<ScoriaConfig, 'backends' | 'dataPath' | 'stateDirectory'>,
  { patienceMs }: Pick<LifecycleSettings, 'patienceMs'>,
  given: Pick<VolumeAccessDependencies, 'state' | 'backends' | 'attachLocks'>,
): VolumeAccess {
  const options = new Map(config.backends.map(({ name, options }) => [name, attachOptionsOf(options)]));
  return new HostVolumeAccess({
    ...given,
    prefer: config.dataPath.prefer,
    initiators: serviceInitiators(config.dataPath.iscsiInitiator, config.stateDirectory),
    attachOptions: (backend) => options.get(backend) ?? attachOptionsOf({}),
    patienceMs,
    closeMs: 120_000,
  });
}
