import { Secret } from '@scoria/driver-sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatPortal,
  formatProviderAuth,
  formatProviderGeometry,
  formatProviderLocation,
  generateChap,
  parsePortal,
  parseProviderAuth,
  parseProviderGeometry,
  parseProviderLocation,
  randomWord,
  sameIscsiName,
  targetIqn,
  volumeNameOf,
} from '../src/index.ts';

const PREFIX = 'iqn.2010-10.org.openstack:';
const invalid = (code: string) => expect.objectContaining({ code });

const portal = fc.record({
  address: fc.oneof(fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
});
const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,40}$/);

describe('IQN', () => {
  it('is prefix and name', () => expect(targetIqn(PREFIX, 'volume-1')).toBe(`${PREFIX}volume-1`));

  it('leads back to the name', () => {
    fc.assert(
      fc.property(name, (each) => {
        expect(volumeNameOf(PREFIX, targetIqn(PREFIX, each))).toBe(each);
      }),
    );
  });

  it.each(['', 'iqn.2010-10.org.openstack', 'iqn.2010-10.org.openstackx:volume-1', PREFIX])(
    '%j is not of our prefix',
    (iqn) => expect(volumeNameOf(PREFIX, iqn)).toBeNull(),
  );

  it.each(['volume_1', 'Volume-1', 'volume 1', 'volume,1', 'volume\n1', 'vol/1', 'ü', 'x'.repeat(224)])(
    'refuses %j',
    (bad) => expect(() => targetIqn(PREFIX, bad)).toThrow(invalid('INVALID_ARGUMENT')),
  );

  it('takes the other legal prefixes', () => {
    expect(targetIqn('iqn.2001-04.com.example:storage.', 'v1')).toBe('iqn.2001-04.com.example:storage.v1');
    expect(() => targetIqn('iqn.2001-13.com.example:', 'v1')).toThrow(invalid('INVALID_ARGUMENT'));
  });

  it('is compared without regard to case', () => {
    expect(sameIscsiName('iqn.2001-04.com.Example:a', 'iqn.2001-04.com.example:A')).toBe(true);
    expect(sameIscsiName('iqn.2001-04.com.example:1', 'iqn.2001-04.com.example:10')).toBe(false);
  });
});

describe('portal', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(portal, (each) => {
        expect(parsePortal(formatPortal(each))).toEqual(each);
      }),
    );
  });

  it('brackets IPv6, whether or not it came in brackets', () => {
    expect(formatPortal({ address: 'fd00::1', port: 3260 })).toBe('[fd00::1]:3260');
    expect(formatPortal({ address: '[fd00::1]', port: 3260 })).toBe('[fd00::1]:3260');
    expect(formatPortal({ address: 'san1.example.org', port: 3260 })).toBe('san1.example.org:3260');
  });

  it.each([
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:0',
    '10.0.0.1:70000',
    'fd00::1:3260',
    '[10.0.0.1]:3260',
    '[fd00::1]',
    'a b:1',
    '-x:1',
    ':1',
    '',
  ])('refuses %j', (bad) => expect(() => parsePortal(bad)).toThrow(invalid('INVALID_ARGUMENT')));
});

describe('provider_location', () => {
  it('is read as it was written', () => {
    const location = fc.record({
      portals: fc.array(portal, { minLength: 1, maxLength: 4 }),
      tid: fc.nat(),
      iqn: name.map((each) => `${PREFIX}${each}`),
      lun: fc.option(fc.nat(16_383)),
    });
    fc.assert(
      fc.property(location, (each) => {
        expect(parseProviderLocation(formatProviderLocation(each))).toEqual(each);
      }),
    );
  });

  it('is what the original writes', () => {
    expect(parseProviderLocation('10.0.0.1:3260,1 iqn.2010-10.org.openstack:volume-1 0')).toEqual({
      portals: [{ address: '10.0.0.1', port: 3260 }],
      tid: 1,
      iqn: 'iqn.2010-10.org.openstack:volume-1',
      lun: 0,
    });
    expect(parseProviderLocation('[fd00::1]:3260;10.0.0.1:3261,12 iqn.x 7').portals).toEqual([
      { address: 'fd00::1', port: 3260 },
      { address: '10.0.0.1', port: 3261 },
    ]);
  });

  it.each(['10.0.0.1:3260,1 iqn.x', '10.0.0.1:3260,1 iqn.x lun'])('%j has no LUN', (text) =>
    expect(parseProviderLocation(text).lun).toBeNull(),
  );

  it.each([
    '',
    '10.0.0.1:3260',
    '10.0.0.1:3260 iqn.x 1',
    '10.0.0.1,1 iqn.x 1',
    ',1 iqn.x 1',
    'fake_location',
  ])('refuses %j', (bad) => expect(() => parseProviderLocation(bad)).toThrow(invalid('INVALID_VOLUME')));

  it('cannot be written without a portal, or with an IQN of two words', () => {
    const rest = { tid: 1, lun: 1 };
    expect(() => formatProviderLocation({ ...rest, portals: [], iqn: 'iqn.x' })).toThrow(
      invalid('INVALID_ARGUMENT'),
    );
    expect(() =>
      formatProviderLocation({ ...rest, portals: [{ address: '::1', port: 1 }], iqn: 'iqn x' }),
    ).toThrow(invalid('INVALID_ARGUMENT'));
  });
});

describe('provider_auth', () => {
  it('is read as it was written', () => {
    const chap = generateChap();
    const back = parseProviderAuth(formatProviderAuth(chap));
    expect(back?.username).toBe(chap.username);
    expect(back?.password.equals(chap.password)).toBe(true);
    expect(String(formatProviderAuth(chap))).toBe('[secret]');
  });

  it('is nothing when there is none', () => {
    expect(parseProviderAuth(null)).toBeNull();
    expect(parseProviderAuth(new Secret(' '))).toBeNull();
  });

  it.each(['CHAP user', 'CHAP user secret-word more', 'PAP user secret-word', 'secret-word'])(
    'refuses %j without repeating it',
    (bad) => {
      const parse = () => parseProviderAuth(new Secret(bad));
      expect(parse).toThrow(invalid('INVALID_VOLUME'));
      expect(parse).not.toThrow(/secret-word/);
    },
  );

  it('cannot be written with a blank in a word', () => {
    expect(() => formatProviderAuth({ username: 'a b', password: new Secret('x') })).toThrow(
      invalid('INVALID_ARGUMENT'),
    );
  });
});

describe('provider_geometry', () => {
  it('is read as it was written', () => {
    const geometry = { physicalBlockSize: '4096', logicalBlockSize: '512' };
    expect(parseProviderGeometry(formatProviderGeometry(geometry))).toEqual(geometry);
    expect(parseProviderGeometry(null)).toBeNull();
    expect(parseProviderGeometry('')).toBeNull();
  });

  it.each(['512', '512 4096 1', 'a b'])('refuses %j', (bad) =>
    expect(() => parseProviderGeometry(bad)).toThrow(invalid('INVALID_VOLUME')),
  );
});

describe('CHAP credentials', () => {
  it('are of the three sets, at least one character of each, and of the right length', () => {
    for (let round = 0; round < 500; round += 1) {
      const { username, password } = generateChap();
      expect(username).toMatch(/^[2-9A-HJ-NP-Za-km-z]{20}$/);
      expect(password.reveal()).toMatch(/^[2-9A-HJ-NP-Za-km-z]{16}$/);
      for (const word of [username, password.reveal()]) {
        expect(word).toMatch(/[2-9]/);
        expect(word).toMatch(/[A-HJ-NP-Z]/);
        expect(word).toMatch(/[a-km-z]/);
      }
    }
  });

  it('do not repeat, and have no favourite place for a set', () => {
    const words = Array.from({ length: 2_000 }, () => randomWord(16));
    expect(new Set(words).size).toBe(words.length);
    const digitFirst = words.filter((word) => /^[2-9]/.test(word)).length;
    expect(digitFirst).toBeGreaterThan(100);
    expect(digitFirst).toBeLessThan(800);
    expect(() => randomWord(2)).toThrow(RangeError);
  });
});
