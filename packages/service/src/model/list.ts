/** How a list is asked for. Filters are exact matches joined by "and"; the metadata filter matches every pair given. */
export interface ListQuery {
  readonly allProjects: boolean;
  readonly limit: number | null;
  readonly offset: number;
  /** Id of the last object of the page before. @throws ServiceError VolumeNotFound etc. when it is unknown. */
  readonly marker: string | null;
  readonly sort: readonly { readonly key: string; readonly direction: 'asc' | 'desc' }[];
  readonly filters: Readonly<Record<string, string>>;
  /** Substring matches (`name~`), since microversion 3.31. */
  readonly likeFilters: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The same for what is known of a volume's image (`glance_metadata`). */
  readonly imageMetadata?: Readonly<Record<string, string>>;
  /** `created_at` / `updated_at` comparisons, since 3.60. */
  readonly timeFilters: readonly {
    readonly column: 'created_at' | 'updated_at';
    readonly operator: 'gt' | 'gte' | 'eq' | 'neq' | 'lt' | 'lte';
    readonly value: string;
  }[];
}

/** One page of a list; `hasMore` says whether a next page exists. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  /** Count of all matches, only when asked for (`with_count`). */
  readonly total: () => Promise<number>;
}
