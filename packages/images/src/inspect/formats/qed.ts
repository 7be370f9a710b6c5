import type { Detector } from '../detector.ts';
import { RuleBroken } from '../rules.ts';

/** QEMU's enhanced disk: given up by its makers, with backing files of its own. Never accepted. */
export const qed: Detector = {
  format: 'qed',
  matches: (source) => source.read(0, 4).toString('latin1') === 'QED\0',
  inspect: () => {
    throw new RuleBroken('qed.unsupported');
  },
};
