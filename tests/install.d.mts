export const root: string;
export function find(name: string): string | null;
export function installPackages(): void;
export function findChromium(): string | null;
export function installChromium(): string;
export function installMosquitto(): string | null;
export function installRedis(): string | null;
export function installSumo(): string | null;
