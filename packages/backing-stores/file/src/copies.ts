import { bytes, ContractError, type CopyWork, type StoredObject, type StoreResult } from '@scoria/driver-sdk';
import { freeBytes } from './capacity.ts';
import { existingFacts, type FileFacts, factsOf } from './fileFacts.ts';
import { type Kind, type Layout, pathOf } from './layout.ts';
import { preallocate } from './preallocate.ts';
import { cloneFile } from './reflink.ts';
import { makeFile, withFile } from './staging.ts';

/** What is copied, and what the copy shall be. */
export interface CopyPlan {
  readonly source: { readonly kind: Kind; readonly name: string };
  readonly copy: StoredObject & { readonly kind: Kind };
  /** Whether somebody may be writing to the source. */
  readonly inUse: boolean;
  readonly reflinks: boolean;
  readonly preallocation: 'none' | 'full';
}

/**
 * Makes a file with the content of another one: by sharing its blocks, or as an empty file and the work of filling it.
 * A file that exists already with that size is not made anew; without reflinks its work is named again, because whether it was done is
 * the service's knowledge.
 *
 * @throws ContractError NOT_FOUND, SIZE_UNSUPPORTED, ALREADY_EXISTS, INVALID_VOLUME, NO_SPACE
 */
export async function makeCopy(layout: Layout, plan: CopyPlan): Promise<StoreResult> {
  const { copy } = plan;
  const path = pathOf(layout, copy.kind, copy.name);
  const existing = await factsOf(path);
  if (existing !== undefined && plan.reflinks) return expectSize(existing, copy);
  const source = await sourceOf(layout, plan);
  if (plan.reflinks) return shareBlocks(layout, path, source, copy);
  if (plan.inUse) {
    throw new ContractError(
      'INVALID_VOLUME',
      `${source.path} is in use, and this filesystem has no reflinks: no copy of one point in time is possible. Detach it first`,
    );
  }
  if (existing === undefined) await makeEmpty(layout, path, source, plan);
  const made = await existingFacts(path);
  expectSize(made, copy);
  return { work: [workFor(source, made)] };
}

/** @throws ContractError ALREADY_EXISTS when the file that exists has another size */
export function expectSize(existing: FileFacts, wanted: StoredObject): StoreResult {
  if (existing.size === wanted.size) return { work: [] };
  throw new ContractError(
    'ALREADY_EXISTS',
    `${wanted.name} exists with ${existing.size} bytes, not ${wanted.size}`,
    { details: { path: existing.path, size: existing.size } },
  );
}

async function sourceOf(layout: Layout, { source, copy }: CopyPlan): Promise<FileFacts> {
  const facts = await factsOf(pathOf(layout, source.kind, source.name));
  if (facts === undefined) throw new ContractError('NOT_FOUND', `there is no ${source.kind} ${source.name}`);
  if (facts.size <= copy.size) return facts;
  throw new ContractError(
    'SIZE_UNSUPPORTED',
    `${copy.name}: ${copy.size} bytes are fewer than the ${facts.size} of ${source.name}`,
    { details: { size: copy.size, least: facts.size } },
  );
}

async function shareBlocks(
  layout: Layout,
  path: string,
  source: FileFacts,
  copy: StoredObject,
): Promise<StoreResult> {
  await makeFile(layout, path, async (staged) => {
    if (!(await cloneFile(source.path, staged))) {
      // No silent fall-back: a file that exists counts as complete here, which a half-filled one would not be.
      throw new ContractError(
        'BACKEND_ERROR',
        `${source.path} cannot share its blocks, though its filesystem has reflinks`,
      );
    }
    await withFile(staged, 'r+', (file) => file.truncate(copy.size));
  });
  return expectSize(await existingFacts(path), copy);
}

async function makeEmpty(layout: Layout, path: string, source: FileFacts, plan: CopyPlan): Promise<void> {
  const free = await freeBytes(layout);
  if (source.allocated > free) {
    throw new ContractError(
      'NO_SPACE',
      `${plan.copy.name}: its data takes ${source.allocated} bytes, ${free} are free`,
      {
        details: { needed: source.allocated, free },
      },
    );
  }
  await makeFile(layout, path, async (staged) => {
    await withFile(staged, 'wx', (file) => file.truncate(plan.copy.size));
    if (plan.preallocation === 'full') await preallocate(staged, 0, plan.copy.size);
  });
}

function workFor(source: FileFacts, destination: FileFacts): CopyWork {
  return {
    kind: 'copy',
    source: endpoint(source),
    destination: endpoint(destination),
    length: bytes(source.size),
    // A file without blocks reads as zero. One that has some may be preallocated, or hold what an interrupted copy wrote.
    destinationIsZero: destination.allocated === 0,
  };
}

function endpoint({ path, dev, ino }: FileFacts): CopyWork['source'] {
  return { path, identity: { type: 'inode', dev, ino }, offset: bytes(0) };
}
