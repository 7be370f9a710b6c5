import { describe, expect, it } from 'vitest';
import { allowedIn, withAllowed } from '../src/conf/initiatorsAllow.ts';
import { formatSegments, parseSegments, withStanza } from '../src/conf/segments.ts';
import { formatStanza, parseStanza } from '../src/conf/stanza.ts';
import { accessOf, IQN } from './fixtures/stage.ts';

const FOREIGN = `# ours is not the only one
IncomingUser discovery secretsecret

Target ${IQN}volume-10
	Lun 0 Path=/dev/sdb,Type=blockio
	# a remark inside
	MaxConnections 1

# about the next one
target iqn.2001-04.com.example:disk2
	Lun 0 Path=/srv/target iqn,Type=fileio,\\
Target_in_a_continued_line
`;

const edit = (text: string, iqn: string, lines: string[] | null) =>
  formatSegments(withStanza(parseSegments(text), iqn, lines));

describe('ietd.conf', () => {
  it('is the same when nothing is changed, and keeps what stands between targets', () => {
    for (const text of [FOREIGN, FOREIGN.trimEnd(), '', '\n', '# nothing but a remark'])
      expect(formatSegments(parseSegments(text))).toBe(text);
    const targets = parseSegments(FOREIGN).flatMap((each) => (each.kind === 'target' ? [each.iqn] : []));
    expect(targets).toEqual([`${IQN}volume-10`, 'iqn.2001-04.com.example:disk2']);
  });

  it('loses exactly the target that is removed, not the one whose name begins alike (D29)', () => {
    const own = [`Target ${IQN}volume-1`, '\tLun 0 Path=/a,Type=fileio', '\tAlias more', '\tWthreads 8'];
    for (const text of [FOREIGN, `${FOREIGN}\n# the end`, '']) {
      const added = edit(text, `${IQN}volume-1`, own);
      expect(added).toContain(own.join('\n'));
      expect(added.endsWith('\n')).toBe(true);
      expect(edit(added, `${IQN}volume-1`, own)).toBe(added);
      expect(edit(added, `${IQN}volume-1`, null).trimEnd()).toBe(text.trimEnd());
      expect(edit(text, `${IQN}volume-1`, null)).toBe(text);
    }
    const between = edit(edit(FOREIGN, `${IQN}volume-1`, own), `${IQN}volume-2`, [`Target ${IQN}volume-2`]);
    expect(edit(between, `${IQN}volume-1`, null)).toBe(
      edit(FOREIGN, `${IQN}volume-2`, [`Target ${IQN}volume-2`]),
    );
    // The remark above a target is not the end of the one before.
    expect(edit(FOREIGN, `${IQN}volume-10`, null)).toContain('# about the next one\ntarget iqn.2001');
  });

  it('says of a target all that is needed to make it again', () => {
    const record = {
      name: 'volume-1',
      iqn: `${IQN}volume-1`,
      lun: 0,
      path: '/srv/volume=1',
      serial: '0123456789abcdef',
      ioType: 'fileio' as const,
      writeBack: true,
      access: [accessOf('a', { readOnly: true }), accessOf('b', { readOnly: true })],
    };
    const lines = formatStanza(record, 'tag1');
    expect(lines.at(-1)).toBe('\tLun 0 Path=/srv/volume=1,Type=fileio,ScsiSN=0123456789abcdef,IOMode=ro');
    expect(parseStanza(record.iqn, lines, 'tag1')).toEqual(record);
    expect(parseStanza(record.iqn, lines, 'tag2')).toBeNull();
    expect(parseStanza(record.iqn, ['Target x', 'Lun 0 Path=/a,Type=fileio'], 'tag1')).toBeNull();
    for (const path of ['/a b', '/a,Type=nullio', '/a\nTarget b', '/a#b'])
      expect(() => formatStanza({ ...record, path }, 'tag1')).toThrow(/cannot be said to IET/);
  });
});

describe('initiators.allow', () => {
  const name = `${IQN}volume-1`;
  it('lets nobody in who is not named, letter for letter', () => {
    expect(withAllowed('ALL ALL\n', name, [])).toBe(`${name} nobody\nALL ALL\n`);
    const text = withAllowed('ALL ALL\n', name, ['iqn.1993-08.org.debian:01:a', 'eui.02004567A425678D']);
    expect(text).toBe(`${name} iqn\\.1993-08\\.org\\.debian:01:a, eui\\.02004567A425678D\nALL ALL\n`);
    expect(allowedIn(text, name)).toEqual(['iqn.1993-08.org.debian:01:a', 'eui.02004567A425678D']);
    expect(allowedIn(text, `${name}0`)).toBeUndefined();
  });

  it('keeps the lines of others, and stands above those for all', () => {
    const others = `# remark\n${name}0 ALL\n\nALL 10.0.0.0/8`;
    const text = withAllowed(others, name, ['iqn.2020-01.x:a']);
    expect(text.split('\n')).toEqual([
      '# remark',
      `${name}0 ALL`,
      '',
      `${name} iqn\\.2020-01\\.x:a`,
      'ALL 10.0.0.0/8',
      '',
    ]);
    expect(withAllowed(text, name, null)).toBe(`${others}\n`);
    // One that was put below by hand would never be reached.
    expect(withAllowed(`ALL ALL\n${name} old\n${name} older\n`, name, [])).toBe(`${name} nobody\nALL ALL\n`);
    expect(withAllowed(text, name, [])).toBe(text.replace(/ iqn\\.*/, ' nobody'));
  });

  it('says of all others what held while there was no file', () => {
    expect(withAllowed(null, name, [])).toBe(`${name} nobody\nALL ALL\n`);
  });

  it('refuses more names than ietd reads', () => {
    const many = Array.from({ length: 100 }, (_, index) => `iqn.2020-01.x:${'y'.repeat(100)}${index}`);
    expect(() => withAllowed(null, name, many)).toThrow(/do not fit/);
  });
});
