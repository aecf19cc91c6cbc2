import { FolderSink, type WriteFile } from './folder-sink.ts';

export type { WriteFile } from './folder-sink.ts';

/** {@link FolderSink} with a disk of one's own. */
export class OutputFolder extends FolderSink {
  constructor(path: string, put?: WriteFile) {
    super(path, { put });
  }

  take(path: string, file: string): Promise<void> {
    return this.copyFrom(path, file);
  }
}
