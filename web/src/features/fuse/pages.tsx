import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

export type Pages<Item> = {
  shown: readonly Item[];
  page: number;
  pages: number;
  from: number;
  count: number;
  go: (page: number) => void;
};

/** A long list that is held whole and drawn a page at a time. */
export function usePages<Item>(items: readonly Item[], size: number): Pages<Item> {
  const [wanted, go] = useState(0);
  const pages = Math.max(1, Math.ceil(items.length / size));
  const page = Math.min(wanted, pages - 1);
  return {
    shown: items.slice(page * size, (page + 1) * size),
    page,
    pages,
    from: page * size,
    count: items.length,
    go,
  };
}

/** Before and next of such a list; nothing where it is one page. */
export function PagesFoot({ pages, label }: { pages: Pages<unknown>; label: string }) {
  const { t } = useTranslation();
  if (pages.pages === 1) return null;
  return (
    <nav className="table-foot" aria-label={label}>
      <span>
        {t('source.pagesOf', {
          from: pages.from + 1,
          to: pages.from + pages.shown.length,
          count: pages.count,
          label,
        })}
      </span>
      <span className="row">
        <Button size="small" disabled={pages.page === 0} onClick={() => pages.go(pages.page - 1)}>
          {t('table.previous')}
        </Button>
        <span aria-live="polite">{t('table.page', { page: pages.page + 1 })}</span>
        <Button
          size="small"
          disabled={pages.page === pages.pages - 1}
          onClick={() => pages.go(pages.page + 1)}
        >
          {t('table.next')}
        </Button>
      </span>
    </nav>
  );
}
