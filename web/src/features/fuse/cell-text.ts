/** One value of a row as a person reads it in a table; null for none. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
