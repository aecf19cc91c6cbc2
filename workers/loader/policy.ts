/** What the fetch layer may do: plain data, so that it crosses to the worker. */
export interface LoaderPolicy {
  /** Origin of the page; '' in Node. */
  readonly page: string;
  /** Further origins that may be asked, as `https://host[:port]`. */
  readonly allow: readonly string[];
  /** Headers for one origin each; they are never sent anywhere else, redirects included. */
  readonly credentials: readonly { readonly origin: string; readonly headers: Readonly<Record<string, string>> }[];
  readonly limits: LoaderLimits;
}

export interface LoaderLimits {
  /** Seconds until the first byte. */
  readonly firstByte: number;
  /** Seconds in which at least a kilobyte must come (or the end). */
  readonly idle: number;
  /** Requests a URL may cost, the first included. */
  readonly tries: number;
  /** Seconds of the first pause's ceiling; it doubles, and the pause is drawn evenly below it. */
  readonly pause: number;
  /** Requests at a time to one origin: as many sockets as browsers open to an HTTP/1.1 server. */
  readonly perOrigin: number;
  /** Bytes of a tileset's JSON, of any content, and of a picture's pixels when unpacked. */
  readonly tilesetBytes: number;
  readonly contentBytes: number;
  readonly pixels: number;
  /** External tilesets one inside the other, levels of nesting in a JSON, children of one tile. */
  readonly externals: number;
  readonly nesting: number;
  readonly children: number;
}

export const DEFAULT_LIMITS: LoaderLimits = {
  firstByte: 10, idle: 15, tries: 4, pause: 0.5, perOrigin: 6,
  tilesetBytes: 32 * 2 ** 20, contentBytes: 64 * 2 ** 20, pixels: 64 * 2 ** 20,
  externals: 64, nesting: 1024, children: 100_000,
};

/** A policy from what is given; everything else as a careful host would have it. */
export function loaderPolicy(given: { page?: string; allow?: readonly string[]; credentials?: LoaderPolicy['credentials']; limits?: Partial<LoaderLimits> } = {}): LoaderPolicy {
  return {
    page: given.page ?? '',
    allow: given.allow ?? [],
    credentials: given.credentials ?? [],
    limits: { ...DEFAULT_LIMITS, ...given.limits },
  };
}
