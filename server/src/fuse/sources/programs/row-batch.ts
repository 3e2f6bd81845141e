import type { DeliveryRequest, Spool } from '../delivery.ts';
import { ProgramError } from './program.process.ts';

const BATCH_ROWS = 1_000;

type Row = Readonly<Record<string, unknown>>;

/** Hands rows to the spool in batches, counts them, and tells how many there are. */
export function createRowBatch(spool: Spool, { limits, tell }: DeliveryRequest) {
  let rows: Row[] = [];
  let deleted = new Set<number>();
  let count = 0;
  let told = 0;
  async function flush(): Promise<void> {
    if (rows.length === 0) return;
    const [batch, gone] = [rows, deleted];
    [rows, deleted] = [[], new Set()];
    await spool.add(batch, gone.size === 0 ? undefined : gone);
    if (count - told < BATCH_ROWS) return;
    told = count;
    await tell(null, String(count));
  }
  return {
    count: () => count,
    flush,
    async add(row: Row, isDeleted: boolean): Promise<void> {
      count += 1;
      if (count > limits.rowsMax) throw new ProgramError('too-large', `more than ${limits.rowsMax} rows`);
      if (isDeleted) deleted.add(rows.length);
      rows.push(row);
      if (rows.length >= BATCH_ROWS) await flush();
    },
  };
}
export type RowBatch = ReturnType<typeof createRowBatch>;
