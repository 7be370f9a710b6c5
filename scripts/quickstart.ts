/**
 * One volume through its whole life, for real: service, driver process, tgtd, an initiator, a file system.
 *
 *   node --conditions=scoria-source scripts/quickstart.ts [--keep]
 *
 * `--keep` leaves the working directory for a look. Exit code 1 when a step fails; all is cleaned up either way.
 */
import { parseArgs } from 'node:util';
import { cleanUp } from './quickstart/cleanUp.ts';
import { leftovers } from './quickstart/leftovers.ts';
import { openStage } from './quickstart/stage.ts';
import { StepFailed, step } from './quickstart/step.ts';
import { volumeLife } from './quickstart/volumeLife.ts';

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const stage = await openStage();
const interrupted = () => {
  void cleanUp(stage, { keep: false }).then(() => process.exit(130));
};
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);

let failed = false;
try {
  await volumeLife(stage);
} catch (error) {
  failed = true;
  // A step that failed has said so on its own line.
  if (!(error instanceof StepFailed)) console.error(error);
}
if (failed && stage.serviceLog() !== '')
  console.error(`\nThe service's last words:\n${stage.serviceLog().split('\n').slice(-15).join('\n')}`);
await cleanUp(stage, values);
const left = await step(
  'nothing is left: no record, target, file, process, mount or loop device',
  async () => {
    const found = await leftovers(stage);
    if (found.length > 0) throw new Error(found.join('\n'));
  },
).catch(() => 'left');
if (failed || left !== undefined) process.exitCode = 1;
else
  console.log(
    `\nDone in ${(stage.elapsed() / 1000).toFixed(1)} s. Next: examples/quickstart.yaml, docs/, scoria --help.`,
  );
