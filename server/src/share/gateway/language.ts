/** The language as the gateway uses it. */
export type Catalog = { database: string; tables: ReadonlyMap<string, { columns: readonly string[] }> };
export type Bound = {
  tables: readonly string[];
  columns: ReadonlyMap<string, ReadonlySet<string>>;
};
export type Language = {
  bind(
    text: string,
    options: { catalog: Catalog; parameters: Readonly<Record<string, string>> },
  ): {
    bound: Bound;
    format: string | null;
    settings: Readonly<Record<string, string | number>>;
    print(relationOf: (table: string) => string): string;
  };
};
export type GuestQuestion = {
  sql: string;
  format: string;
  formatSettings?: Readonly<Record<string, string | number>>;
  tables: readonly string[];
  filters: Readonly<Record<string, string>>;
  limits: {
    timeMs: number;
    memoryBytes: number;
    resultRows: number;
    resultBytes: number;
    readRows: number;
    threads: number;
  };
  actor: string;
  signal?: AbortSignal;
};
export type GuestAnswer = {
  chunks: AsyncIterable<Uint8Array>;
  summary: () => {
    readRows: number;
    readBytes: number;
    resultRows: number;
    resultBytes: number;
    elapsedNs: number;
  };
};
export type Guests = { ask(question: GuestQuestion): Promise<GuestAnswer> };
