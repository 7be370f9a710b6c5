import { Fault } from './fault.ts';

/** The header by which a client asks for a microversion: `OpenStack-API-Version: volume 3.60`. */
export const versionHeader = 'OpenStack-API-Version';

/** The minor number of the lowest microversion (3.0), used when a client asks for none. */
export const minMinor = 0;
/** The minor number of the highest microversion (3.70). docs/api.md says what is not implemented below it. */
export const maxMinor = 70;

/**
 * Chooses the microversion of a request; returns its minor number.
 *
 * A header for other services only counts as none (API-SIG microversion specification).
 * @throws Fault 400 when it is malformed, 406 when it is out of range.
 */
export function negotiate(header: string | undefined): number {
  const asked = header
    ?.split(',')
    .map((part) => part.trim().split(/\s+/))
    .find(([service]) => service === 'volume' || service === 'block-storage');
  if (asked === undefined) return minMinor;
  const [, version, ...rest] = asked;
  if (version === 'latest' && rest.length === 0) return maxMinor;
  const match = /^([1-9]\d{0,3})\.(0|[1-9]\d{0,3})$/.exec(version ?? '');
  if (match === null || rest.length > 0) {
    const shown = asked.slice(1).join(' ').slice(0, 64);
    throw new Fault(
      400,
      `API Version String ${shown} is of invalid format. Must be of format MajorNum.MinorNum.`,
    );
  }
  const minor = Number(match[2]);
  if (match[1] !== '3' || minor > maxMinor)
    throw new Fault(
      406,
      `Version ${match[0]} is not supported by the API. Minimum is 3.${minMinor} and maximum is 3.${maxMinor}.`,
    );
  return minor;
}
