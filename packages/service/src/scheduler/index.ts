export { type Placement, type PlacementRequest, Scheduler } from './scheduler.ts';
