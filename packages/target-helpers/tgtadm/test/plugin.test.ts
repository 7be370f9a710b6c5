import { expect, it } from 'vitest';
import plugin from '../src/main.ts';

it('is the helper tgtadm, which speaks iSCSI by default', () => {
  expect(plugin.name).toBe('tgtadm');
  expect(plugin.options.parse({})).toMatchObject({ tgt_driver: 'iscsi', tgt_control_port: 0 });
});
