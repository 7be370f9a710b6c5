import { describeLvmContract } from '../../support/lvmContract.ts';

describeLvmContract('iscsi, lioadm, thick LVM', 'default');
