import type {
  OperationAnswer,
  OperationContext,
  OperationName,
  OperationParams,
  ProbeResult,
} from '@scoria/driver-sdk';
import type { FakeBackend } from './backend.ts';
import type { Fault, FaultMoment } from './faults/fault.ts';
import type { FaultPlan } from './faults/faultPlan.ts';
import { strike } from './faults/strike.ts';
import { subjectsOf } from './faults/subjectsOf.ts';
import { readOnly, table } from './operations/table.ts';
import { copyState } from './state/copyState.ts';
import { Ledger } from './state/ledger.ts';
import type { Mutex } from './state/mutex.ts';

/** What a fault looks at. */
interface Call {
  readonly operation: string;
  readonly subjects: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** What {@link FakeDriver} is made of. */
export interface FakeDriverParts {
  readonly backend: FakeBackend;
  readonly faults: FaultPlan;
  readonly mutex: Mutex;
  /** Writes the state where it outlives the process. */
  readonly save: () => Promise<void>;
  /** Ends the process as `kill -9` would. */
  readonly crash: () => never;
}

/** The fake driver of one backend: runs operations one after the other, and shows the failures it was told to show. */
export class FakeDriver {
  readonly #parts: FakeDriverParts;

  constructor(parts: FakeDriverParts) {
    this.#parts = parts;
  }

  /** Runs one operation. Failures strike outside the lock: a call that hangs delays no other. */
  async run<Name extends OperationName>(
    name: Name,
    params: OperationParams<Name>,
    context: Pick<OperationContext, 'signal'>,
  ): Promise<OperationAnswer<Name>> {
    const call: Call = { operation: name, subjects: subjectsOf(params), signal: context.signal };
    if (await this.#lies(call, 'before')) return this.#pretend(name, params);
    const answer = await this.#effect(name, params, call);
    // A text is no result of any operation: this is what a lie about the schema is.
    if (await this.#lies(call, 'after')) return 'a lie' as never;
    return answer;
  }

  /** What the option `fake_probe` says, unless a failure of `probe` strikes. */
  async probe(): Promise<ProbeResult> {
    await this.#lies(
      { operation: 'probe', subjects: new Set(), signal: new AbortController().signal },
      'before',
    );
    const state = this.#parts.backend.options.fake_probe;
    return { state, reason: state === 'ready' ? '' : `fake_probe is ${state}` };
  }

  #effect<Name extends OperationName>(
    name: Name,
    params: OperationParams<Name>,
    { signal }: Call,
  ): Promise<OperationAnswer<Name>> {
    const { mutex, backend, save } = this.#parts;
    return mutex.run(async () => {
      signal.throwIfAborted();
      const answer = await table[name](backend, params);
      if (!readOnly.has(name)) await save();
      return answer;
    });
  }

  /** The answer of an operation that is not done: it works on a copy. */
  async #pretend<Name extends OperationName>(
    name: Name,
    params: OperationParams<Name>,
  ): Promise<OperationAnswer<Name>> {
    const { backend } = this.#parts;
    const state = copyState(backend.state);
    return table[name]({ ...backend, state, ledger: new Ledger(state), data: undefined }, params);
  }

  /** Lets the failure that is due happen. Returns whether it is a lie, which is the caller's to tell. */
  async #lies(call: Call, when: FaultMoment): Promise<boolean> {
    const fault: Fault | undefined = await this.#parts.faults.take(call.operation, when, call.subjects);
    if (fault === undefined) return false;
    await strike(fault, { ...call, crash: this.#parts.crash });
    return fault.action === 'lie';
  }
}
