import { describeLvmContract } from '../../support/lvmContract.ts';

describeLvmContract('iscsi, lioadm, thin LVM', 'thin');
