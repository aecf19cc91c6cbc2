import type { BodyNote } from './building-body.ts';

/** What is counted beside the features. */
export interface Tally {
  skip(reason: string, count?: number): void;
  /** One more of what stands in an issue with its count; `example` is the first. */
  note(code: NoteCode, example: string): void;
}

export type NoteCode = BodyNote | 'missing-nodes' | 'broken-rings' | 'astray-rings' | 'parts-drawn';
