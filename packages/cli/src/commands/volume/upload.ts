import { Command, Option } from 'commander';
import { openSession } from '../../action.ts';
import type { UploadVolumeOptions } from '../../volume/uploadVolume.ts';

/** `scoria volume upload`. */
export function volumeUpload(): Command {
  return new Command('upload')
    .description('upload a volume as an image to the configured image source')
    .argument('<volume>', 'name or id')
    .argument('<image-name>', 'name of the new image')
    .addOption(
      new Option('--disk-format <format>', 'format of the image; qcow2 is compressed')
        .choices(['raw', 'qcow2'])
        .default('qcow2'),
    )
    .addOption(
      new Option('--visibility <visibility>', 'who may use the image').choices([
        'private',
        'shared',
        'community',
        'public',
      ]),
    )
    .option('--protected', 'the image cannot be deleted until that is taken back')
    .option(
      '--force',
      'also when the volume is attached: what is written meanwhile may be in the image or not',
    )
    .option('--no-wait', 'return as soon as the request is accepted')
    .action(async (volume: string, imageName: string, options: UploadVolumeOptions, command: Command) => {
      const session = await openSession(command);
      const { uploadVolume } = await import('../../volume/uploadVolume.ts');
      const { printObject } = await import('../../output/print.ts');
      printObject(session.globals, await uploadVolume(session, volume, imageName, options));
    });
}
