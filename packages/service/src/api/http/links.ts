/** A link of an object or of a list. */
export interface Link {
  readonly rel: string;
  readonly href: string;
}

/** Makes the links of one request: with the project in the path when the request had it there. */
export class Links {
  readonly #href: string;
  readonly #bookmark: string;

  constructor(base: string, projectInUrl: string | null) {
    const project = projectInUrl === null ? '' : `${encodeURIComponent(projectInUrl)}/`;
    this.#href = `${base}/v3/${project}`;
    this.#bookmark = `${base}/${project}`;
  }

  /** `self` and `bookmark` of an object of a collection. */
  of(collection: string, id: string): Link[] {
    return [
      { rel: 'self', href: `${this.#href}${collection}/${id}` },
      { rel: 'bookmark', href: `${this.#bookmark}${collection}/${id}` },
    ];
  }

  /** `next` of a list: the same query with another marker. */
  next(collection: string, query: Readonly<Record<string, string>>, marker: string): Link[] {
    const params = new URLSearchParams({ ...query, marker });
    return [{ rel: 'next', href: `${this.#href}${collection}?${params}` }];
  }
}

/**
 * Where the API is reached from outside: the configured endpoint, else what the client itself used. Anything but a plain
 * host and port in `Host` is ignored.
 */
export function baseUrl(
  endpoint: string | undefined,
  protocol: 'http' | 'https',
  host: string | undefined,
): string {
  if (endpoint !== undefined) return endpoint.replace(/\/+$/, '');
  const plain = host !== undefined && /^[A-Za-z0-9._:[\]-]{1,255}$/.test(host) ? host : 'localhost';
  return `${protocol}://${plain}`;
}
