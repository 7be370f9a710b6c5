import { plainWwn } from '@scoria/target-kit';

/** A world-wide name as rtslib writes it. */
export const toSavedWwn = (wwpn: string) => `naa.${plainWwn(wwpn)}`;

/** The plain name of what rtslib wrote. */
export const savedWwpn = (text: string) => plainWwn(text.replace(/^naa\./, ''));
