export type { Allocation } from './allocations.ts';
export { Backend, type BackendOptions, BackendRegistry, backendHost } from './backend.ts';
export { type BackendIo, backendIo, plainIo } from './backendIo.ts';
export { callDriver, type DriverCall, wasNeverSent } from './callDriver.ts';
export { driverCallOf } from './driverCallOf.ts';
export type { DriverHandle, DriverHandleStatus } from './driverHandle.ts';
export { driverSnapshot, driverVolume, recordSnapshotUpdate, recordVolumeUpdate } from './driverViews.ts';
export { ExportKeeper, type ExportKeeperOptions } from './exportKeeper.ts';
export { runDoomed, runWork, type WorkContext, type WorkProgress } from './runWork.ts';
