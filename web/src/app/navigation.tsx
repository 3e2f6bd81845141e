import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Logo } from '../components/logo.tsx';
import { useCan } from '../lib/session.ts';
import { useWaitingRequests } from '../lib/waiting-requests.ts';
import { MENU_GROUPS, MENU_PAGES, PAGE_PATHS } from './pages.tsx';

/** Pages below which other pages of the menu lie; they are current only themselves. */
const HAVE_PAGES_BELOW: ReadonlySet<string> = new Set(['home', 'quality', 'alerts']);

/** The menu: only what the signed-in user may open. */
export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const pages = MENU_PAGES.filter((page) => can(page.permission));
  return (
    <>
      <Link to="/" className="brand" {...(onNavigate ? { onClick: onNavigate } : {})}>
        <Logo />
        <span className="brand-name">{t('product')}</span>
      </Link>
      <nav className="nav" aria-label={t('nav.label')}>
        {MENU_GROUPS.map((group) => {
          const own = pages.filter((page) => page.group === group);
          if (own.length === 0) return null;
          return (
            <div key={group}>
              <div className="nav-group" id={`nav-${group}`}>
                {t(`nav.groups.${group}`)}
              </div>
              <ul aria-labelledby={`nav-${group}`}>
                {own.map((page) => (
                  <li key={page.key}>
                    <Link
                      to={PAGE_PATHS[page.key]}
                      className="nav-link"
                      activeOptions={{ exact: HAVE_PAGES_BELOW.has(page.key), includeSearch: false }}
                      activeProps={{ 'aria-current': 'page' }}
                      {...(onNavigate ? { onClick: onNavigate } : {})}
                    >
                      {page.icon}
                      {t(`nav.${page.key}`)}
                      {page.key === 'requests' && <WaitingRequests />}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </nav>
    </>
  );
}

/** How many requests for access wait for whoever may answer them. */
function WaitingRequests() {
  const { t } = useTranslation();
  const waiting = useWaitingRequests();
  if (waiting === 0) return null;
  return (
    <span className="nav-count">
      {waiting}
      <span className="visually-hidden"> {t('nav.waiting')}</span>
    </span>
  );
}
