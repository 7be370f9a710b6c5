import { fake, iscsiOnIet, iscsiOnTgtd, iscsiOverFiles, iserOverFiles } from './combinations.ts';
import { describeDriverContract } from './driverContract.ts';

describeDriverContract({ title: 'fake, iSCSI', ...fake('iscsi') });
describeDriverContract({ title: 'fake, iSER', ...fake('iser') });
describeDriverContract({ title: 'fake, Fibre Channel', ...fake('fibre_channel') });
describeDriverContract({ title: 'fake, iSCSI, real bytes', ...fake('iscsi', 'files') });
describeDriverContract({ title: 'iscsi, fake helper, file store', ...iscsiOverFiles('fake') });
describeDriverContract({ title: 'iser, fake helper, file store', ...iserOverFiles('fake') });
describeDriverContract({ title: 'iscsi, tgtadm, file store', ...iscsiOnTgtd() });
describeDriverContract({ title: 'iscsi, ietadm (stand-in), file store', ...iscsiOnIet() });
