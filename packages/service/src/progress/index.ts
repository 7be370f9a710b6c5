export { ProgressBoard, type Reported } from './progressBoard.ts';
