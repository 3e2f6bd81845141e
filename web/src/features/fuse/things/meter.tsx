/** A share as a bar; the number stands beside it. */
export function Meter({ label, percent }: { label: string; percent: number }) {
  return <meter className="meter" aria-label={label} min={0} max={100} value={percent} />;
}
