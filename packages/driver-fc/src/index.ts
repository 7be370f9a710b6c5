/** The Fibre Channel driver. */
export { fcDriver } from './driver.ts';
export { type FcDriverOptions, fcDriverOptionsSchema } from './options.ts';
