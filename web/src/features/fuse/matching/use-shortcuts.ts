import { useEffect, useRef } from 'react';

/** What happens at a key, named as `KeyboardEvent.key` in small letters; `shift+e` for one with Shift. */
export type Shortcuts = Readonly<Record<string, () => void>>;

const FIELDS = 'input, textarea, select, [contenteditable]:not([contenteditable="false"]), [role="combobox"]';
/** Where arrows have a meaning of their own. */
const MOVED_BY_ARROWS =
  '[role="tablist"], [role="radiogroup"], [role="slider"], [role="listbox"], .table-scroll';
const OPEN_OVER_THE_PAGE =
  '.ant-modal-wrap:not([style*="display: none"]), .ant-drawer-open, .ant-popover:not(.ant-popover-hidden)';

/** Single keys of a page (WCAG 2.1.4: they can be switched off). Never in fields, under a dialog, with Ctrl or Alt, or held down. */
export function useShortcuts(shortcuts: Shortcuts, enabled: boolean): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      const act = latest.current[nameOf(event)];
      if (!act || !isMeantForThePage(event)) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [enabled]);
}

function nameOf({ key, shiftKey }: KeyboardEvent): string {
  const small = key.toLowerCase();
  return shiftKey && /^[a-z]$/.test(small) ? `shift+${small}` : small;
}

function isMeantForThePage(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.repeat) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(FIELDS)) return false;
  if (event.key.startsWith('Arrow') && target?.closest(MOVED_BY_ARROWS)) return false;
  return document.querySelector(OPEN_OVER_THE_PAGE) === null;
}
