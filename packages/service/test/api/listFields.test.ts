import { describe, expect, it } from 'vitest';
import {
  attachmentFields,
  type ListFields,
  snapshotFields,
  volumeFields,
} from '../../src/api/http/listFields.ts';
import { attachmentListSpec } from '../../src/state/attachmentRepository.ts';
import type { ListSpec } from '../../src/state/list.ts';
import { snapshotListSpec } from '../../src/state/snapshotRows.ts';
import { volumeListSpec } from '../../src/state/volumeRows.ts';

describe.each<[ListFields, ListSpec]>([
  [volumeFields, volumeListSpec],
  [snapshotFields, snapshotListSpec],
  [attachmentFields, attachmentListSpec],
])('what the API lists by is what the records can be listed by: $resource', (fields, spec) => {
  it('filters', () => {
    const columns = Object.entries(fields.filters)
      .filter(([, { kind }]) => kind === 'text' || kind === 'boolean' || kind === 'size')
      .map(([name, field]) => field.as ?? name);
    expect(columns.filter((name) => !Object.hasOwn(spec.filters, name))).toEqual([]);
  });

  it('sort keys', () => {
    expect(Object.values(fields.sort).filter((key) => !Object.hasOwn(spec.sorts, key))).toEqual([]);
  });
});
