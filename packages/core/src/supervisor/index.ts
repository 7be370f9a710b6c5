export { DriverSupervisor } from './driverSupervisor.ts';
export type { ExitReport } from './exitReport.ts';
export type { DriverLaunch } from './launch.ts';
export type { EndCause, SessionEnd } from './session.ts';
export { defaultSupervisorSettings, type SupervisorSettings } from './settings.ts';
export { DriverStartError, type StartFailure } from './startError.ts';
export type { DriverState } from './state.ts';
export type { DriverFailure, DriverStatus } from './status.ts';
