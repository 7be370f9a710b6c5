import { bytesToGibCeil } from '@scoria/core/contract';
import type { VolumeRecord } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import { volumeFields } from '../http/listFields.ts';
import { maxLimit, parseListQuery } from '../http/listQuery.ts';
import { visibleMetadata } from '../views/volume.ts';

/** `GET /volumes/summary`: walks all pages, so its memory does not grow with the number of volumes. */
export async function summarise(call: Call) {
  const { query, nothing } = parseListQuery(call, volumeFields);
  let count = 0;
  let size = 0;
  const metadata = new Map<string, Set<string>>();
  let offset = 0;
  while (!nothing) {
    const page = await call.services.volumes.list(call.context, {
      ...query,
      limit: maxLimit,
      offset,
      marker: null,
      // Oldest first: a volume that is created meanwhile comes last and shifts no page.
      sort: [{ key: 'created_at', direction: 'asc' }],
    });
    for (const volume of page.items) {
      count += 1;
      size += bytesToGibCeil(volume.size);
      addMetadata(metadata, volume);
    }
    if (!page.hasMore || page.items.length === 0) break;
    offset += page.items.length;
  }
  return {
    'volume-summary': {
      total_count: count,
      total_size: size,
      ...(call.minor >= 36 && {
        metadata: Object.fromEntries([...metadata].map(([key, values]) => [key, [...values]])),
      }),
    },
  };
}

function addMetadata(all: Map<string, Set<string>>, volume: VolumeRecord): void {
  for (const [key, value] of Object.entries(visibleMetadata(volume))) {
    const values = all.get(key);
    if (values === undefined) all.set(key, new Set([value]));
    else values.add(value);
  }
}
