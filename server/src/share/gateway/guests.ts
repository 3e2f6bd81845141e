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
