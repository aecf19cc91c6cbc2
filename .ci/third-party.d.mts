export interface ThirdParty { name: string; version: string; path: string; by: Set<string>; licence: string; text: string; copyright: string; goes: string; refused: string | null }
export interface Lock { packages: Record<string, { version?: string; license?: string; dependencies?: Record<string, string>; devDependencies?: Record<string, string>; optionalDependencies?: Record<string, string>; peerDependencies?: Record<string, string> }> }
export function closureOf(lock: Lock): { name: string; version: string; path: string; by: Set<string> }[];
export function rowsOf(lock: Lock, folder?: string): ThirdParty[];
export function documentOf(rows: readonly ThirdParty[]): string;
export function unnamedIn(notice: string, rows: readonly ThirdParty[]): ThirdParty[];
