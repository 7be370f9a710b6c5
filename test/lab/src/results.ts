import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** vitest's own report, as far as it is read. */
const reportSchema = z.looseObject({
  testResults: z.array(
    z.looseObject({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(z.looseObject({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** What became of the guest's tests. */
export interface LabResults {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** What guests came to grief of, which then left no whole report; empty when none did. */
  readonly lost: readonly string[];
}

/** Reads the report that the guest wrote; none at all is one failure. */
export async function readResults(file: string): Promise<LabResults> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => String(error));
  const parsed = z.preprocess(parseJson, reportSchema).safeParse(text);
  if (!parsed.success)
    return {
      passed: 0,
      failed: 1,
      skipped: [],
      lost: [`the guest left no report of its tests: ${text.slice(0, 200)}`],
    };
  const files = parsed.data.testResults;
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (status: string): number => tests.filter((each) => each.status === status).length;
  // A file that could not be loaded has no tests: it must not look like an empty one.
  const broken = files.filter((each) => each.status === 'failed' && !each.assertionResults.some(isFailed));
  return {
    passed: count('passed'),
    failed: count('failed') + broken.length,
    skipped: tests
      .filter(({ status }) => !['passed', 'failed'].includes(status))
      .map((each) => each.fullName),
    lost: [],
  };
}

/** The same of a guest that came to grief: one failure at least, whatever its report says. */
export function withLoss(results: LabResults, why: string): LabResults {
  return { ...results, failed: Math.max(results.failed, 1), lost: [why, ...results.lost] };
}

/** What became of the tests of several guests. */
export function sumOf(all: readonly LabResults[]): LabResults {
  const sum = (numberOf: (each: LabResults) => number): number =>
    all.reduce((total, each) => total + numberOf(each), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: all.flatMap(({ skipped }) => skipped),
    lost: all.flatMap(({ lost }) => lost),
  };
}

/** The closing lines: what was skipped, and the totals. */
export function resultLines({ passed, failed, skipped, lost }: LabResults): string[] {
  return [
    ...lost,
    ...skipped.map((name) => `skipped: lab: ${name}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
}

const isFailed = ({ status }: { readonly status: string }): boolean => status === 'failed';

function parseJson(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
}
