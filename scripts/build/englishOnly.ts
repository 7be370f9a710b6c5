import type { Plugin } from 'esbuild';

/**
 * Leaves zod's messages in English only. zod reaches its 50 languages through one namespace object, so a bundler cannot
 * see that nobody reads them: they are half of what a plugin process would parse at its start.
 */
export const englishOnly: Plugin = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: 'js',
    }));
  },
};
