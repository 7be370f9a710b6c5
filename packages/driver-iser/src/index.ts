/** The iSER driver. */
export { iserDriver } from './driver.ts';
export { type IserDriverOptions, iserDriverOptionsSchema } from './options.ts';
