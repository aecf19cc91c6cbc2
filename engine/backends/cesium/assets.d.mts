/** Name of the file by which the view sees that its assets are there. */
export const MARK: string;

/** What the globe view fetches besides its script: path under the assets' folder → file of the installed engine; `mark` is the text of {@link MARK}. */
export function cesiumAssets(from?: string | URL): { files: Map<string, string>; mark: string };

/** Copies what the globe view needs into a folder that the host serves. */
export function copyAssets(folder: string, from?: string | URL): { files: number; bytes: number };
