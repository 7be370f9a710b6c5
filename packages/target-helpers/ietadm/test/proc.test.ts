import { describe, expect, it } from 'vitest';
import { parseSessions, parseVolumes } from '../src/proc/parse.ts';

describe('/proc/net/iet', () => {
  it('shows volumes, as IET 1.4.20 and older ones write them', () => {
    const text =
      'tid:2 name:iqn.x:b\n\tlun:0 state:0 iotype:fileio iomode:wt blocks:2048 blocksize:512 path:/srv/a b:c\n' +
      'tid:1 name:iqn.x:a\n\tlun:0 state:0 iotype:blockio iomode:ro path:/dev/sdb\n\tlun:1 state:0 iotype:nullio\n';
    expect(parseVolumes(text)).toEqual([
      {
        tid: 2,
        iqn: 'iqn.x:b',
        luns: [{ lun: 0, ioType: 'fileio', ioMode: 'wt', path: '/srv/a b:c', size: 1_048_576 }],
      },
      {
        tid: 1,
        iqn: 'iqn.x:a',
        luns: [
          { lun: 0, ioType: 'blockio', ioMode: 'ro', path: '/dev/sdb', size: null },
          { lun: 1, ioType: 'nullio', ioMode: 'wt', path: '', size: null },
        ],
      },
    ]);
    expect(parseVolumes('')).toEqual([]);
  });

  it('shows sessions with their connections, whose ids are larger than a number of JavaScript', () => {
    const text =
      'tid:1 name:iqn.x:a\n\tsid:18446744073709551615 initiator:iqn.y:1\n\t\tcid:0 ip:10.0.0.1 state:active hd:none dd:none\n' +
      '\t\tcid:1 ip:[2001:0db8:0000:0000:0000:0000:0000:0001] state:closing hd:crc32c dd:none\n\tsid:2 initiator:iqn.y:2\n';
    expect(parseSessions(text)).toEqual([
      {
        iqn: 'iqn.x:a',
        sessions: [
          {
            sid: '18446744073709551615',
            initiator: 'iqn.y:1',
            connections: [
              { cid: 0, address: '10.0.0.1' },
              { cid: 1, address: '2001:0db8:0000:0000:0000:0000:0000:0001' },
            ],
          },
          { sid: '2', initiator: 'iqn.y:2', connections: [] },
        ],
      },
    ]);
  });

  it('is not guessed at', () => {
    for (const text of [
      'tid:x name:y\n',
      '\tlun:0\n',
      'tid:1 name:a\n\tlun:z iotype:fileio\n',
      'something else',
    ])
      expect(() => parseVolumes(text)).toThrow();
    expect(() => parseSessions('tid:1 name:a\n\tcid:0 ip:1.2.3.4 state:active\n')).toThrow();
  });
});
