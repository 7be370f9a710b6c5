import type { Detector } from '../detector.ts';
import { Fields } from '../fields.ts';
import { demand } from '../rules.ts';

/** A LUKS container. Nobody here has its key: it is copied as it is, header and all. */
export const luks: Detector = {
  format: 'luks',
  matches: (source) => source.read(0, 6).toString('latin1') === 'LUKS\xba\xbe',
  inspect: (source) => {
    const version = new Fields(source.read(0, 8), 'big', 'luks.header').u16(6);
    demand(version === 1 || version === 2, 'luks.header', `version ${version}`);
    return source.sizeBytes;
  },
};
