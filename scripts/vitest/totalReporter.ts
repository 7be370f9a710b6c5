import type { Reporter, TestModule } from 'vitest/node';

/** What became of every test of a run. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Counts each test of each file once. A file that could not be collected, or whose own hooks failed, counts as one
 * failure, so that it can never look like a file without tests.
 */
export function countTests(modules: readonly TestModule[]): Totals {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    let failedHere = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') totals.passed += 1;
      else if (state === 'skipped') totals.skipped += 1;
      else failedHere += 1;
    }
    if (failedHere === 0 && module.state() === 'failed') failedHere = 1;
    totals.failed += failedHere;
  }
  return totals;
}

/** One line for each test that was skipped, with the reason that it gave to `skip`. */
function skippedLines(modules: readonly TestModule[]): string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests('skipped')].map((test) => {
      const result = test.result();
      const note = result.state === 'skipped' ? result.note : undefined;
      return `skipped: ${test.fullName}${note === undefined ? '' : `: ${note}`}\n`;
    }),
  );
}

/**
 * Ends a run with the line the gate reads: `N passed, N failed, N skipped`. Before it, what was skipped.
 * Printed when the process exits, because the default reporter prints its own summary after every `onTestRunEnd`.
 */
export default class TotalReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const totals = countTests(modules);
    totals.failed += unhandledErrors.length;
    const line = `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`;
    const skipped = skippedLines(modules).join('');
    process.once('exit', () => {
      if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;
      process.stdout.write(skipped + line);
    });
  }
}
