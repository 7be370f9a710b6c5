import {
  commonErrors,
  errorTable,
  operationNames,
  operations,
  requiredOperations,
} from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';

/**
 * contract.md §3, method by method, in the document's spelling. Written down here a second time on purpose: the table
 * must hold what the document says, not what the table says.
 */
const documented = [
  // §3.1
  'do_setup',
  'check_for_setup_error',
  'get_version',
  'get_volume_stats',
  'validate_connector',
  // §3.2
  'create_volume',
  'create_volume_from_snapshot',
  'create_cloned_volume',
  'delete_volume',
  'create_snapshot',
  'delete_snapshot',
  'extend_volume',
  'migrate_volume',
  'retype',
  'manage_existing',
  'manage_existing_get_size',
  'unmanage',
  'accept_transfer',
  'local_path',
  // §3.3
  'ensure_export',
  'create_export',
  'remove_export',
  'initialize_connection',
  'terminate_connection',
  'attach_volume',
  'detach_volume',
  // §3.4
  'copy_volume_data',
  'copy_image_to_volume',
  'copy_volume_to_image',
  'backup_volume',
  'restore_backup',
  'clone_image',
  'clear_download',
];

/**
 * §3.1 methods that are no operation here: `initialized` is a state of the supervisor (the `configure` step), and
 * `get_target_helper` became the plugin that the configuration names.
 */
const replaced = ['set_initialized', 'initialized', 'get_target_helper'];

/**
 * Ours: what makes orphans findable (design.md §2), and what backups need: to be rid of one that a driver holds, and to know what
 * has changed without reading all.
 */
const added = ['listOwned', 'deleteBackup', 'listChangedExtents'];

const camel = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe('operation table', () => {
  it('holds every method of contract.md §3, and nothing that is not accounted for', () => {
    expect([...operationNames].sort()).toEqual([...documented.map(camel), ...added].sort());
    for (const name of replaced) expect(operationNames).not.toContain(camel(name));
  });

  it('requires what a volume cannot live without, and nothing else', () => {
    expect([...requiredOperations].sort()).toEqual([
      'checkForSetupError',
      'createExport',
      'createVolume',
      'deleteVolume',
      'doSetup',
      'ensureExport',
      'getVersion',
      'getVolumeStats',
      'initializeConnection',
      'listOwned',
      'removeExport',
      'terminateConnection',
      'validateConnector',
    ]);
  });

  it.each(operationNames)('%s names its errors, deadline, cancel and idempotency', (name) => {
    const { errors, deadlineMs, cancel, idempotency, summary } = operations[name];
    expect(new Set(errors).size).toBe(errors.length);
    for (const code of errors) {
      expect(errorTable).toHaveProperty(code);
      expect(commonErrors, `${code} is common to all operations`).not.toContain(code);
    }
    expect(deadlineMs).toBeGreaterThan(0);
    expect(Number.isInteger(deadlineMs)).toBe(true);
    expect(['stop', 'ignore']).toContain(cancel);
    expect(idempotency).toMatch(/\.$/);
    expect(summary).toMatch(/\.$/);
  });

  it('takes objects and answers objects, so that fields can be added without a break', () => {
    for (const name of operationNames) {
      expect(operations[name].params.type, name).toBe('object');
      expect(operations[name].result.type, name).toBe('object');
    }
  });

  it('lets a driver or service from before workDone and guarantee go on as it did', () => {
    const wipe = {
      kind: 'wipe',
      target: { path: '/dev/x', identity: { type: 'serial', serial: '1' } },
      length: 4096,
      method: 'zero',
    };
    for (const name of ['deleteVolume', 'deleteSnapshot'] as const) {
      const { params, result } = operations[name];
      expect(params.shape.workDone.parse(undefined), name).toBe(false);
      expect(result.parse({ work: [wipe] }).work, name).toMatchObject([{ guarantee: 'reads-as-zero' }]);
      const stronger = { ...wipe, guarantee: 'overwritten' };
      expect(result.parse({ work: [stronger] }).work, name).toMatchObject([{ guarantee: 'overwritten' }]);
      expect(result.safeParse({ work: [{ ...wipe, guarantee: 'burnt' }] }).success, name).toBe(false);
    }
  });

  it('tolerates unknown fields from a newer peer', () => {
    expect(operations.getVersion.result.parse({ version: '1', colour: 'red' })).toEqual({ version: '1' });
    expect(operations.getVolumeStats.params.parse({ depth: 9 })).toEqual({ refresh: false });
  });
});
