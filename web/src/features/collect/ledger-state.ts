import { HOUR_MS, type LedgerHour } from '@ronghe/contracts';

/** What a person sees of an hour, from the worst to the best; `unchecked` came by doors that do not count. */
export const LEDGER_STATES = ['lacking', 'bad', 'complete', 'unchecked', 'none'] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];

export function ledgerState(hour: LedgerHour | undefined): LedgerState {
  if (!hour || hour.read + hour.stored + hour.lost === 0) return 'none';
  if (hour.lost + hour.rejected + hour.missing > 0) return 'lacking';
  if (hour.bad > 0) return 'bad';
  return hour.sent === 0 && hour.read === 0 ? 'unchecked' : 'complete';
}

/** Every hour of a range, with what is known of it. */
export function hoursOf(
  range: { from: string; to: string },
  known: readonly LedgerHour[],
): { hour: string; told: LedgerHour | undefined }[] {
  const byHour = new Map(known.map((told) => [Date.parse(told.hour), told]));
  const [fromMs, toMs] = [Date.parse(range.from), Date.parse(range.to)];
  const count = Math.max(0, Math.round((toMs - fromMs) / HOUR_MS));
  return Array.from({ length: count }, (_, at) => {
    const ms = fromMs + at * HOUR_MS;
    return { hour: new Date(ms).toISOString(), told: byHour.get(ms) };
  });
}
