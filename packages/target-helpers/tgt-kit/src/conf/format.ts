import { ContractError, type Secret } from '@scoria/driver-sdk';
import { ALL_ADDRESSES } from '../accessRules.ts';
import { asksForChap, isReadOnly, type TargetRecord } from '../record.ts';

/**
 * SCSI caching mode page (8) without write cache, in tgt's notation: the daemon's own default with the WCE bit (0x04 of the
 * first byte) cleared, which is also what `write-cache off` makes tgt-admin send.
 */
export const NO_WRITE_CACHE_PAGE = '8:0:18:0x10:0:0xff:0xff:0:0:0xff:0xff:0xff:0xff:0x80:0x14:0:0:0:0:0:0';

/**
 * An address that no initiator has. tgt-admin lets ALL addresses in when a target names none, and an address that matches is
 * enough, whatever the names say. (Over iSER it is not before tgt 1.0.95: there ALL is said, and unsaid as soon as the daemon is another.)
 */
export const NOBODY = '255.255.255.255';

/** One word that means itself in tgt's configuration syntax: no blank, comment, quote, escape, tag or list separator. */
const SAYABLE = /^[\x21-\x7e]+$/;
const MEANINGFUL = /[#"'\\<>,`$]/;

function word(what: string, value: string | Secret): string {
  const text = typeof value === 'string' ? value : value.reveal();
  if (!SAYABLE.test(text) || MEANINGFUL.test(text)) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      `${what} cannot be said in tgt's configuration: printable ASCII without blanks, quotes or any of # \\ < > , \` $`,
    );
  }
  return text;
}

/**
 * A target in the syntax of targets.conf(5). tgt-admin can read it; our own restoring reads it too, the comments included.
 *
 * @throws ContractError INVALID_ARGUMENT when a path, name or password cannot be said in that syntax
 */
export function formatConf(record: TargetRecord): string {
  const lines = [
    `# Written by Scoria for ${word('the name', record.name)}; changes are lost.`,
    `<target ${word('the IQN', record.iqn)}>`,
    `  controller_tid ${record.tid}`,
    `  driver ${record.lld}`,
    `  initiator-address ${record.allAddresses ? ALL_ADDRESSES : NOBODY}`,
  ];
  if (asksForChap(record))
    lines.push(`  incominguser ${record.anchor.username} ${word('the anchor', record.anchor.password)}`);
  for (const { initiator, chap, readOnly } of record.access) {
    lines.push(
      `  # access ${word('the initiator', initiator)} ${readOnly ? 'ro' : 'rw'}`,
      `  initiator-name ${initiator}`,
    );
    if (chap)
      lines.push(
        `  incominguser ${word('the CHAP user', chap.username)} ${word('the CHAP secret', chap.password)}`,
      );
  }
  lines.push(
    `  <backing-store ${word('the path', record.path)}>`,
    `    lun ${record.lun}`,
    `    scsi_sn ${word('the serial', record.serial)}`,
    `    scsi_id ${word('the SCSI id', record.scsiId)}`,
    `    write-cache ${record.writeCache ? 'on' : 'off'}`,
    `    block-size ${record.blockSize}`,
    `    params thin_provisioning=${record.thin ? 1 : 0}`,
    `    readonly ${isReadOnly(record) ? 1 : 0}`,
    ...(record.flags === null ? [] : [`    bsoflags ${word('the flags', record.flags)}`]),
    '  </backing-store>',
    '</target>',
    '',
  );
  return lines.join('\n');
}
