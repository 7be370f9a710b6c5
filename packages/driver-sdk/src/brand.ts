/** Marks what `define…` made, across package copies: every plugin is bundled with a copy of this package of its own. */
export const pluginBrand = Symbol.for('scoria.plugin');
