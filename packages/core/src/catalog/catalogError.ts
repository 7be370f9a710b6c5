/** Each way in which a plugin can be wrong. */
export type CatalogErrorCode =
  /** A configured directory does not exist or cannot be read. */
  | 'PLUGIN_DIRECTORY_UNREADABLE'
  /** A configured directory is no package and holds none. */
  | 'PLUGIN_NO_PACKAGE_JSON'
  | 'PLUGIN_BAD_JSON'
  | 'PLUGIN_NO_SCORIA_FIELD'
  /** The `scoria` field breaks its schema. */
  | 'PLUGIN_BAD_MANIFEST'
  | 'PLUGIN_ENTRY_MISSING'
  | 'PLUGIN_ENTRY_OUTSIDE'
  | 'PLUGIN_ENTRY_NOT_EXECUTABLE'
  | 'PLUGIN_PROTOCOL_MISMATCH'
  /** Two plugins of one kind and name. */
  | 'PLUGIN_DUPLICATE'
  | 'PLUGIN_NOT_FOUND'
  /** The options schema is missing, unreadable, or no JSON Schema of an object. */
  | 'PLUGIN_BAD_OPTIONS_SCHEMA';

/** A plugin is wrong or not there. The message says what is wrong, where, and what to do. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code: CatalogErrorCode;
  /** The directories or files it is about. */
  readonly paths: readonly string[];
  /** What the plugin calls itself, as far as it could be read. */
  readonly plugin: { readonly kind: string; readonly name: string } | undefined;

  constructor(
    code: CatalogErrorCode,
    message: string,
    options: {
      paths?: readonly string[];
      plugin?: { kind: string; name: string } | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.paths = options.paths ?? [];
    this.plugin = options.plugin;
  }
}
