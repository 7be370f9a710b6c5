import { ContractError, type TargetHelper, type TargetSpec, type TargetState } from '@scoria/driver-sdk';

/** How many targets, and by which option. */
export interface LimitOptions {
  readonly max: number;
  /** Name of the option, for the error. */
  readonly option: string;
}

/**
 * A helper that makes at most so many targets of this backend. Those that are there are counted once, and never refused: not when the
 * limit was lowered, either. A target that is removed makes room at once (the original's ids stayed taken until their volume's record
 * was deleted, targets.md §1.0).
 *
 * @throws ContractError NO_MORE_TARGETS, from what makes targets
 */
export function limitTargets(helper: TargetHelper, { max, option }: LimitOptions): TargetHelper {
  let counting: Promise<Set<string>> | undefined;
  const count = async (): Promise<Set<string>> => {
    try {
      const targets = (await helper.listOwned()).filter(({ kind }) => kind === 'target');
      return new Set(targets.map(({ reference }) => reference));
    } catch (error) {
      // The next request counts again.
      counting = undefined;
      throw error;
    }
  };
  const known = (): Promise<Set<string>> => {
    counting ??= count();
    return counting;
  };
  /** @returns whether room was taken that a failure gives back */
  const takeRoom = (iqns: Set<string>, iqn: string): boolean => {
    if (iqns.has(iqn)) return false;
    if (iqns.size >= max) {
      throw new ContractError(
        'NO_MORE_TARGETS',
        `there is no room for ${iqn}: this backend has ${iqns.size} targets, and "${option}" is ${max}`,
        { details: { option, max } },
      );
    }
    iqns.add(iqn);
    return true;
  };
  const giveBack = async (iqns: Set<string>, iqn: string): Promise<void> => {
    // What cannot be looked at may be there: it counts until it is removed.
    const isLeft = await helper.showTarget(iqn).then(
      (state) => state !== undefined,
      () => true,
    );
    if (!isLeft) iqns.delete(iqn);
  };
  return {
    defaultLun: helper.defaultLun,
    transports: helper.transports,
    ...(helper.serialLength !== undefined && { serialLength: helper.serialLength }),
    probe: () => helper.probe(),
    ensureTarget: async (spec) => {
      const iqns = await known();
      const isNew = takeRoom(iqns, spec.iqn);
      try {
        return await helper.ensureTarget(spec);
      } catch (error) {
        if (isNew) await giveBack(iqns, spec.iqn);
        throw error;
      }
    },
    ensureTargets: async (specs) => {
      const iqns = await known();
      const room = await Promise.allSettled(specs.map(async ({ iqn }) => takeRoom(iqns, iqn)));
      const allowed = specs.filter((_, index) => room[index]?.status === 'fulfilled');
      const made = await helper.ensureTargets(allowed);
      const outcomeOf = new Map<TargetSpec, PromiseSettledResult<TargetState>>();
      for (const [index, spec] of allowed.entries()) {
        const outcome = made[index];
        if (outcome) outcomeOf.set(spec, outcome);
      }
      return Promise.all(
        specs.map(async (spec, index): Promise<PromiseSettledResult<TargetState>> => {
          const taken = room[index];
          if (taken?.status === 'rejected') return taken;
          const outcome = outcomeOf.get(spec) ?? {
            status: 'rejected',
            reason: new ContractError('INVALID_RESULT', 'the target helper answered too few results'),
          };
          if (outcome.status === 'rejected' && taken?.value === true) await giveBack(iqns, spec.iqn);
          return outcome;
        }),
      );
    },
    removeTarget: async (iqn, name, options) => {
      await helper.removeTarget(iqn, name, options);
      (await counting)?.delete(iqn);
    },
    showTarget: (iqn) => helper.showTarget(iqn),
    grant: (iqn, name, access) => helper.grant(iqn, name, access),
    revoke: (iqn, name, initiator, options) => helper.revoke(iqn, name, initiator, options),
    resize: (iqn, name) => helper.resize(iqn, name),
    listOwned: () => helper.listOwned(),
    close: () => helper.close(),
  };
}
