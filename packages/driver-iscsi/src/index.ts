/** The iSCSI driver. */
export { iscsiDriver } from './driver.ts';
export { type IscsiDriverOptions, iscsiDriverOptionsSchema } from './options.ts';
