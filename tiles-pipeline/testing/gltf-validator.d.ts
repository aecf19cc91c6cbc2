declare module 'gltf-validator' {
  export interface ValidationReport {
    issues: { numErrors: number; messages: { code: string; message: string; severity: number; pointer?: string }[] };
  }
  export function validateBytes(bytes: Uint8Array, options?: { maxIssues?: number }): Promise<ValidationReport>;
}
