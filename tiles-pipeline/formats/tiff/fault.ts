/** A TIFF that cannot be used, in a sentence without the file's name. */
export class TiffFault extends Error {
  constructor(readonly code: string, sentence: string) {
    super(sentence);
  }
}
