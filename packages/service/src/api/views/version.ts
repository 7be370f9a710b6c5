import { maxMinor, minMinor } from '../http/microversion.ts';

/** The versions document: one major version and the range of its microversions. */
export function versionsView(base: string) {
  return {
    versions: [
      {
        id: 'v3.0',
        status: 'CURRENT',
        version: `3.${maxMinor}`,
        min_version: `3.${minMinor}`,
        updated: '2026-11-23T00:00:00Z',
        links: [
          { rel: 'describedby', type: 'application/vnd.oai.openapi+json', href: `${base}/v3/openapi.json` },
          { rel: 'self', href: `${base}/v3/` },
        ],
        'media-types': [
          { base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' },
        ],
      },
    ],
  };
}
