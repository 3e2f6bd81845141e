import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';

export type TabItem<Name extends string> = { key: Name; label: string; children: ReactNode };
type TabsProps<Name extends string> = {
  /** what the tabs are about; the list's accessible name */
  label: string;
  active: Name;
  items: readonly TabItem<Name>[];
  onChange: (name: Name) => void;
};

/** Tabs after the pattern of WAI-ARIA: arrows move, Home and End jump; only the open panel is in the page. */
export function Tabs<Name extends string>({ label, active, items, onChange }: TabsProps<Name>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  // On a phone the open tab may lie beyond the edge of the row. The row moves, never the page: tabs may lie far below.
  useEffect(() => {
    const row = list.current;
    const tab = row?.querySelector<HTMLElement>(`[data-tab="${active}"]`);
    if (!row || !tab) return;
    const [rowBox, tabBox] = [row.getBoundingClientRect(), tab.getBoundingClientRect()];
    row.scrollLeft += Math.min(0, tabBox.left - rowBox.left) + Math.max(0, tabBox.right - rowBox.right);
  }, [active]);
  const at = items.findIndex((item) => item.key === active);
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const last = items.length - 1;
    const moves: Record<string, number> = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    const next = items[moves[event.key] ?? -1];
    if (!next) return;
    event.preventDefault();
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.key}"]`)?.focus();
    onChange(next.key);
  };
  return (
    <>
      <div ref={list} className="tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
        {items.map((item) => (
          <button
            key={item.key}
            type="button"
            role="tab"
            id={`${id}-${item.key}`}
            data-tab={item.key}
            aria-selected={item.key === active}
            aria-controls={item.key === active ? `${id}-panel` : undefined}
            tabIndex={item.key === active ? 0 : -1}
            onClick={() => onChange(item.key)}
          >
            {item.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${active}`}>
        {items[at]?.children}
      </div>
    </>
  );
}
