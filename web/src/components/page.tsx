import { LeftOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

type PageProps = {
  title: string;
  lead?: ReactNode;
  /** Link to the page above, shown over the title. */
  above?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
};

/** Frame of every page: one h1, what the page is for, its actions; the window's title follows. */
export function Page({ title, lead, above, actions, children }: PageProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t('product')}`;
  }, [title, t]);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          {above && (
            <div className="page-crumb">
              <LeftOutlined aria-hidden /> {above}
            </div>
          )}
          <h1>{title}</h1>
          {lead && <p className="page-lead">{lead}</p>}
        </div>
        {actions && <div className="row no-print">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

type PanelProps = { title?: ReactNode; actions?: ReactNode; flush?: boolean; children: ReactNode };

/** One card of a page; `flush` lets a table reach its edges. */
export function Panel({ title, actions, flush = false, children }: PanelProps) {
  return (
    <section className="panel">
      {(title || actions) && (
        <div className="panel-head">
          <h2>{title}</h2>
          {actions}
        </div>
      )}
      {flush ? children : <div className="panel-body">{children}</div>}
    </section>
  );
}
