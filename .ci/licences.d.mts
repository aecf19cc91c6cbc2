export const ALLOWED: readonly string[];
export const READ: Readonly<Record<string, string>>;
export function refusal(licence: string, text?: string): string | null;
