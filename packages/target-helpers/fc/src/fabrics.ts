import type { Fabric } from '@scoria/lio-kit';

/** A Fibre Channel fabric of LIO. */
export interface FcFabric extends Fabric {
  /** What rtslib calls it in the saved file. */
  readonly savedAs: string;
}

/** The fabrics that are spoken: the same objects in the kernel's configuration, by different drivers. */
export const fabrics: Readonly<Record<'tcm_fc' | 'qla2xxx', FcFabric>> = {
  tcm_fc: { title: 'Fibre Channel', directory: 'fc', module: 'tcm_fc', savedAs: 'tcm_fc' },
  qla2xxx: { title: 'QLogic', directory: 'qla2xxx', module: 'tcm_qla2xxx', savedAs: 'qla2xxx' },
};
