import type { ReactNode } from 'react';

type Figure = { label: string; value: string; unit?: string; note?: ReactNode };

/** A band of key figures. */
export function Figures({ items, label }: { items: readonly Figure[]; label: string }) {
  return (
    <section aria-label={label}>
      <dl className="figures">
        {items.map((item) => (
          <div className="figure" key={item.label}>
            <dt>{item.label}</dt>
            <dd>
              {item.value}
              {item.unit && <small>{item.unit}</small>}
              {item.note && <div className="figure-note">{item.note}</div>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Names and values, as a person reads a card. */
export function Facts({ items }: { items: readonly { label: string; value: ReactNode }[] }) {
  return (
    <dl className="facts">
      {items.map((item) => (
        <FactRow key={item.label} {...item} />
      ))}
    </dl>
  );
}

function FactRow({ label, value }: { label: string; value: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}
