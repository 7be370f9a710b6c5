import { followAttachments } from '../attachments/followAttachments.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { RequestContext } from '../model/index.ts';
import { requireVolume } from './access.ts';
import { claimVolume } from './claimVolume.ts';

type Dependencies = Pick<LifecycleDependencies, 'state'>;

/** Reserves a volume for an attachment (legacy flow): `attaching`. @throws ServiceError InvalidVolume */
export async function reserveVolume(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
): Promise<void> {
  const { multiattach } = await requireVolume(state, context, id);
  await state.transaction((tables) =>
    claimVolume(tables, id, multiattach ? 'reserveShared' : 'reserve', {
      changes: { attachStatus: 'attaching' },
    }),
  );
}

/** Gives a reservation back. @throws ServiceError InvalidVolume */
export async function unreserveVolume(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
): Promise<void> {
  await requireVolume(state, context, id);
  await state.transaction(async (tables) => {
    await claimVolume(tables, id, 'unreserve');
    await followAttachments(tables, id);
  });
}

/** Marks a volume as being detached by its user (legacy flow). @throws ServiceError InvalidVolume */
export async function beginDetaching(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
): Promise<void> {
  await requireVolume(state, context, id);
  await state.transaction((tables) =>
    claimVolume(tables, id, 'beginDetaching', { changes: { attachStatus: 'detaching' } }),
  );
}

/** Takes {@link beginDetaching} back. @throws ServiceError InvalidVolume */
export async function rollDetaching(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
): Promise<void> {
  await requireVolume(state, context, id);
  await state.transaction((tables) =>
    claimVolume(tables, id, 'rollDetaching', {
      changes: { status: 'in-use', previousStatus: null, attachStatus: 'attached' },
    }),
  );
}
