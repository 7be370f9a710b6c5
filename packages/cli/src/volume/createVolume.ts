import type { Session } from '../action.ts';
import { find } from '../api/find.ts';
import { snapshots, volumes } from '../api/kinds.ts';
import { type Volume, volumeSchema } from '../api/models.ts';
import { read } from '../api/read.ts';
import { settle } from '../api/settle.ts';
import { CliError } from '../cliError.ts';
import { withSpinner } from '../output/progress.ts';

/** What to create. */
export interface CreateVolumeOptions {
  readonly name?: string;
  readonly size?: number;
  readonly description?: string;
  readonly type?: string;
  readonly snapshot?: string;
  readonly source?: string;
  /** Id of the image. */
  readonly image?: string;
  readonly zone?: string;
  readonly property?: Readonly<Record<string, string>>;
  readonly wait: boolean;
}

/** Creates a volume and waits until it is available. @throws CliError */
export async function createVolume(
  { client, globals }: Session,
  options: CreateVolumeOptions,
): Promise<Volume> {
  const sources = [options.snapshot, options.source, options.image].filter((each) => each !== undefined);
  if (sources.length > 1)
    throw new CliError('usage', 'Give one of --snapshot, --source and --image: a volume has one source.');
  if (options.size === undefined && (sources.length === 0 || options.image !== undefined)) {
    throw new CliError('usage', 'Give --size, or a --snapshot or --source to take the size of.');
  }
  const { name, size, description, type, zone, property } = options;
  const body = {
    volume: {
      ...(name !== undefined && { name }),
      ...(size !== undefined && { size }),
      ...(description !== undefined && { description }),
      ...(type !== undefined && { volume_type: type }),
      ...(zone !== undefined && { availability_zone: zone }),
      ...(property !== undefined && { metadata: property }),
      ...(options.image !== undefined && { imageRef: options.image }),
      ...(options.snapshot !== undefined && {
        snapshot_id: (await find(client, snapshots, options.snapshot)).id,
      }),
      ...(options.source !== undefined && { source_volid: (await find(client, volumes, options.source)).id }),
    },
  };
  const created = read(await client.post('/volumes', body), 'volume', volumeSchema);
  if (!options.wait) return created;
  return withSpinner(globals, `creating ${created.name ?? created.id}`, (onProgress) =>
    settle(client, volumes, created.id, ['available'], { timeoutSeconds: globals.timeout, onProgress }),
  );
}
