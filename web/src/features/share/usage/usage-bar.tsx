import './usage.css';

/** A number over its bar: how much of the largest one it is, to be seen without reading. */
export function UsageBar({ text, value, most }: { text: string; value: number; most: number }) {
  const share = most > 0 ? value / most : 0;
  return (
    <span className="usage-bar">
      {text}
      <span aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}
