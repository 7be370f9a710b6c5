import { demand, RuleBroken } from '../rules.ts';

const CREATE_TYPES = new Set(['monolithicsparse', 'streamoptimized']);
const NO_PARENT = 'ffffffff';
/** Keys that say nothing about other files. */
const HARMLESS = /^(version|encoding|cid|isnativesnapshot|ddb\.[a-z0-9._]+)$/;
const SETTING = /^([A-Za-z0-9._]+)\s*=\s*(.*)$/;
const EXTENT = /^(RW|RDONLY|NOACCESS)\s+(\d+)\s+([A-Z0-9]+)(?:\s+"([^"]*)")?(?:\s+\d+)?$/;
const TEXT = /^[\t\n\r\x20-\x7e]*$/;

/**
 * Checks the text inside a sparse VMDK by a list of what it may hold: whatever else stands there might name a file of this host.
 *
 * @throws RuleBroken vmdk.descriptor, vmdk.create-type, vmdk.parent, vmdk.extents, vmdk.extent-path
 */
export function checkVmdkDescriptor(bytes: Buffer): void {
  const end = bytes.indexOf(0);
  // Without an end in its own space, readers go on in what follows.
  demand(end >= 0, 'vmdk.descriptor', 'its text does not end');
  const text = bytes.toString('latin1', 0, end);
  demand(TEXT.test(text), 'vmdk.descriptor', 'it is not ASCII');
  const extents: (string | undefined)[] = [];
  let createType: string | undefined;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const extent = EXTENT.exec(line);
    if (extent !== null) {
      checkExtent(extent[3], extent[4]);
      extents.push(extent[4]);
      continue;
    }
    const [, key = '', value = ''] = SETTING.exec(line) ?? [];
    const name = key.toLowerCase();
    if (name === 'createtype') {
      demand(createType === undefined, 'vmdk.descriptor', 'two create types');
      createType = unquoted(value).toLowerCase();
      demand(CREATE_TYPES.has(createType), 'vmdk.create-type');
    } else if (name === 'parentcid') {
      demand(value.toLowerCase() === NO_PARENT, 'vmdk.parent');
    } else if (name === 'parentfilenamehint') {
      throw new RuleBroken('vmdk.parent', 'a name');
    } else {
      demand(HARMLESS.test(name), 'vmdk.descriptor', 'an unknown line');
    }
  }
  demand(createType !== undefined, 'vmdk.create-type', 'none');
  demand(extents.length === 1, 'vmdk.extents', String(extents.length));
}

function checkExtent(type: string | undefined, file: string | undefined): void {
  demand(file === undefined || !file.includes('/'), 'vmdk.extent-path');
  demand(type === 'SPARSE' && file !== undefined, 'vmdk.extents', 'of another kind');
}

function unquoted(value: string): string {
  return value.replace(/^"(.*)"$/, '$1');
}
