const TEXT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,6})\d*)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A moment as the engine writes it, `YYYY-MM-DD hh:mm:ss.ffffff` in UTC; null for a text that is no moment. Without an offset it is UTC. */
export function engineMoment(text: string): string | null {
  const [, day, time = '00:00:00', fraction = '', offset = 'Z'] = TEXT.exec(text) ?? [];
  if (day === undefined) return null;
  const zone = offset === 'Z' || offset.includes(':') ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`;
  const ms = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  if (Number.isNaN(ms)) return null;
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}.${fraction.padEnd(6, '0')}`;
}

/** What the engine wrote, as RFC 3339 in UTC. */
export const momentOf = (written: string): string => `${written.replace(' ', 'T')}Z`;
