import type { Plugin } from 'vite';

export { copyAssets } from './assets.mjs';

/** Where the plugin puts Cesium's workers, under the page's base. */
export const ASSETS_PATH: string;

/**
 * Vite plugin: serves Cesium's workers and decoders in development, emits them in a build.
 * `path`: where, under the base; `from`: a module of the project that has @cesium/engine installed.
 */
export function citymirror(options?: { path?: string; from?: string | URL }): Plugin;
