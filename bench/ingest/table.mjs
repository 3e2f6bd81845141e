// Text tables of the benchmark, and the middle of a few rounds.

/** Columns as wide as their widest cell; numbers to the right. */
export function printTable(title, header, rows) {
  const all = [header, ...rows.map((row) => row.map((cell) => String(cell ?? '')))];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const text = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ');
  console.log(`\n${title}`);
  for (const row of all) console.log(text(row));
}

export const median = (values) => {
  const sorted = values.slice().sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** 123456 → "123k"; 1234567 → "1.23M". */
export function short(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)}M`;
  return value >= 1e4 ? `${Math.round(value / 1e3)}k` : `${Math.round(value * 10) / 10}`;
}

export const ms = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
export const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
