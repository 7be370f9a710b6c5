import { z } from 'zod';

/**
 * The name of an object on the backend (`volume-<uuid>`, `snapshot-<uuid>`): one path component that is safe in file
 * names, IQNs and tgt parameters. The service makes these names; users' display names never reach a driver.
 */
export const backendNameSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'only letters, digits, dot, underscore and dash; starts with a letter or digit',
  )
  .regex(/^(?!.*\.\.)/, 'must not contain ".."');

/** The identifier of an object in the service: a UUID. */
export const idSchema = z.uuid();

/** An iSCSI qualified name (RFC 3720 §3.2.6.3.1), also the `eui.` and `naa.` forms. At most 223 bytes. */
export const iscsiNameSchema = z
  .string()
  .max(223)
  .regex(
    /^(iqn\.\d{4}-\d{2}\.[a-z0-9.-]+(:[a-z0-9.:_-]+)?|eui\.[0-9A-Fa-f]{16}|naa\.[0-9A-Fa-f]{16}([0-9A-Fa-f]{16})?)$/i,
    'not an iSCSI name (RFC 3720)',
  );

/** A Fibre Channel world-wide name: 16 hex digits, colons allowed between bytes. */
export const wwnSchema = z
  .string()
  .regex(/^([0-9a-fA-F]{16}|([0-9a-fA-F]{2}:){7}[0-9a-fA-F]{2})$/, 'not a WWN (16 hex digits)');
