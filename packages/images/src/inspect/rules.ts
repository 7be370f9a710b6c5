/**
 * Every rule an image can break, by name. Closed: what refuses an image names one of these, here, in errors and in the README.
 * From targets.md §4.4 and the formats' own specifications.
 */
export const inspectionRules = {
  'any.ambiguous': 'the bytes match more than one format',
  'any.declared-format': 'the bytes are not of the format that the image is declared to be',
  'any.limits': 'the inspection did not end within its limits of time and memory',
  'any.size-granularity': 'the disk is not a whole number of 512-byte sectors',
  'any.virtual-size': 'the disk in the image is larger than the volume',
  'luks.header': 'the version of the header is not known',
  'qcow2.backing-file': 'the image names a backing file',
  'qcow2.corrupt': 'the image is marked as corrupt',
  'qcow2.data-file': 'the image keeps its data in another file',
  'qcow2.encrypted': 'the image is encrypted',
  'qcow2.features': 'the image needs a feature that is not known',
  'qcow2.header': 'the header contradicts itself',
  'qcow2.tables': 'a table is misplaced, absurdly large or used twice',
  'qcow2.truncated': 'a table or cluster lies outside the file',
  'qcow2.version': 'the version is neither 2 nor 3',
  'qed.unsupported': 'the format is not supported',
  'vdi.header': 'the header contradicts itself',
  'vdi.parent': 'the image names a parent',
  'vdi.truncated': 'the block map or a block lies outside the file',
  'vhd.differencing': 'the image names a parent',
  'vhd.header': 'the header contradicts itself',
  'vhd.truncated': 'the allocation table or a block lies outside the file',
  'vhdx.header': 'no header is valid',
  'vhdx.metadata': 'the metadata contradict themselves',
  'vhdx.parent': 'the image names a parent',
  'vhdx.regions': 'the region table contradicts itself',
  'vhdx.truncated': 'a table or block lies outside the file',
  'vmdk.create-type': 'the create type is neither monolithicSparse nor streamOptimized',
  'vmdk.descriptor': 'the descriptor is misplaced, not text, or has an unknown line',
  'vmdk.descriptor-file': 'the file is only a descriptor of other files',
  'vmdk.extent-path': 'an extent is named by a path',
  'vmdk.extents': 'there is not exactly one sparse extent',
  'vmdk.footer': 'the footer is missing or differs from the header',
  'vmdk.header': 'the header contradicts itself',
  'vmdk.parent': 'the image names a parent',
  'vmdk.truncated': 'a table or grain lies outside the file',
  'vmdk.version': 'the version is none of 1 to 3',
} as const;

/** Name of a rule. */
export type InspectionRule = keyof typeof inspectionRules;

/** An image that breaks a rule. */
export class RuleBroken extends Error {
  override readonly name = 'RuleBroken';
  readonly rule: InspectionRule;

  /** @param detail what was found, in addition to the rule's own text; never bytes of the image */
  constructor(rule: InspectionRule, detail?: string) {
    super(detail === undefined ? inspectionRules[rule] : `${inspectionRules[rule]}: ${detail}`);
    this.rule = rule;
  }
}

/** @throws RuleBroken unless the condition holds */
export function demand(condition: boolean, rule: InspectionRule, detail?: string): asserts condition {
  if (!condition) throw new RuleBroken(rule, detail);
}
