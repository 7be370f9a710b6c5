import { registerHooks } from 'node:module';
import * as sdk from './pluginApi.ts';

const specifier = '@scoria/driver-sdk';
const url = 'scoria:driver-sdk';
const lent = Symbol.for('scoria.driver-sdk');

let isLent = false;

/**
 * Makes `import … from '@scoria/driver-sdk'` in a plugin mean the copy of the driver that loads it.
 *
 * A helper's and a store's bundle would each bring zod and the contract along, three copies in one process: 20 MB and 60 ms
 * more per backend. It also gives all of them one `ContractError` and one `Secret`. A bundle that has its own copy inside
 * works as well.
 */
export function lendSdk(): void {
  if (isLent) return;
  isLent = true;
  Reflect.set(globalThis, lent, sdk);
  const names = Object.keys(sdk).filter((name) => name !== 'default');
  const source = `export const { ${names.join(', ')} } = globalThis[Symbol.for('${lent.description}')];`;
  registerHooks({
    resolve: (wanted, context, next) =>
      wanted === specifier ? { url, format: 'module', shortCircuit: true } : next(wanted, context),
    load: (wanted, context, next) =>
      wanted === url ? { format: 'module', source, shortCircuit: true } : next(wanted, context),
  });
}
