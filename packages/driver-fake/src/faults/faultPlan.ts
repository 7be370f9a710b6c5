import { readFile } from 'node:fs/promises';
import { ContractError, z } from '@scoria/driver-sdk';
import { type Fault, type FaultMoment, faultSchema } from './fault.ts';

interface Armed {
  readonly fault: Fault;
  left: number;
}

/** Knows which failure is due. Those of the options come first, then those of the control file. */
export class FaultPlan {
  readonly #file: string | undefined;
  readonly #fixed: readonly Armed[];
  #fileText = '';
  #fromFile: readonly Armed[] = [];

  constructor(faults: readonly Fault[], file: string | undefined) {
    this.#fixed = faults.map(arm);
    this.#file = file;
  }

  /**
   * The first failure that is due for a call about the objects named `subjects`. It counts as used.
   * @throws ContractError INVALID_CONFIGURATION when the control file is not a list of faults.
   */
  async take(
    operation: string,
    when: FaultMoment,
    subjects: ReadonlySet<string>,
  ): Promise<Fault | undefined> {
    await this.#reread();
    const due = [...this.#fixed, ...this.#fromFile].find(
      ({ fault, left }) =>
        left > 0 &&
        fault.when === when &&
        (fault.operation === '*' || fault.operation === operation) &&
        (fault.match === undefined || subjects.has(fault.match)),
    );
    if (due === undefined) return undefined;
    due.left -= 1;
    return due.fault;
  }

  /** A file that has not changed keeps its counts. */
  async #reread(): Promise<void> {
    if (this.#file === undefined) return;
    const text = await textOf(this.#file);
    if (text === this.#fileText) return;
    this.#fromFile = parseFaults(text, this.#file).map(arm);
    this.#fileText = text;
  }
}

function arm(fault: Fault): Armed {
  return { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // No file: no failures.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function parseFaults(text: string, path: string): Fault[] {
  if (text.trim() === '') return [];
  const parsed = z.array(faultSchema).safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ContractError(
    'INVALID_CONFIGURATION',
    `${path}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not a list of faults'}`,
    { details: { option: 'fake_faults_file' } },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a list either: the schema says so.
    return text;
  }
}
