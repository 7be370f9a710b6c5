import type { Volume } from '../../api/models.ts';
import type { Column } from '../../output/print.ts';

/** What a list of volumes shows. */
export const volumeColumns: readonly Column<Volume>[] = [
  ['ID', (volume) => volume.id],
  ['NAME', (volume) => volume.name],
  ['STATUS', (volume) => volume.status],
  ['SIZE', (volume) => `${volume.size} GiB`],
  ['TYPE', (volume) => volume.volume_type],
  [
    'ATTACHED TO',
    (volume) => volume.attachments.map((each) => `${each.host_name ?? '?'} ${each.device ?? ''}`.trim()),
  ],
];

/** What `show` and the commands that change a volume show of it. */
export function volumeFields(volume: Volume): Record<string, unknown> {
  const { links: _, attachments, ...rest } = volume;
  const shown = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== null && value !== undefined),
  );
  return { ...shown, attachments: attachments.map((each) => each.attachment_id) };
}
