import { checked, libc } from './library.ts';

const setpriority = libc.func('int setpriority(int which, uint32_t who, int prio)');

const PRIO_PROCESS = 0;
const THIS_THREAD = 0;

/**
 * Makes the calling thread yield to others when the processors are short. On Linux a nice value is a thread's, not the whole
 * process's (setpriority(2), "C library/kernel differences"). Idempotent.
 *
 * @param nice 0 to 19, the last to be served
 */
export function setThreadNice(nice: number): void {
  checked(setpriority(PRIO_PROCESS, THIS_THREAD, nice), 'setpriority');
}
