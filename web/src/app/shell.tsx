import { Outlet, useMatches, useRouterState } from '@tanstack/react-router';
import { Drawer } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Forbidden } from '../features/platform/lost.tsx';
import { useCan, useMe } from '../lib/session.ts';
import { Navigation } from './navigation.tsx';
import { Palette } from './palette.tsx';
import { TopBar } from './top-bar.tsx';

/** Frame of every page but sign-in and the big screen. */
export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const main = useRef<HTMLElement>(null);
  const [menu, setMenu] = useState(false);
  const [palette, setPalette] = usePaletteKey();
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is the reason to scroll, not something read
  useEffect(() => {
    main.current?.scrollTo(0, 0);
  }, [path]);
  if (!me) return null;
  return (
    <>
      <a className="skip-link" href="#main">
        {t('skip')}
      </a>
      <div className="shell">
        <aside className="shell-side">
          <Navigation />
        </aside>
        <TopBar me={me} onMenu={() => setMenu(true)} onSearch={() => setPalette(true)} />
        <main className="shell-main" id="main" tabIndex={-1} ref={main}>
          <Guarded />
        </main>
      </div>
      <Drawer
        open={menu}
        onClose={() => setMenu(false)}
        placement="left"
        size={264}
        closable={false}
        title={null}
        aria-label={t('nav.label')}
        styles={{ body: { padding: 0 } }}
      >
        <Navigation onNavigate={() => setMenu(false)} />
      </Drawer>
      <Palette open={palette} onClose={() => setPalette(false)} />
    </>
  );
}

/** A page that asks for a permission the user lacks is replaced by an explanation. */
export function Guarded() {
  const can = useCan();
  const permission = useMatches().at(-1)?.staticData.permission ?? null;
  return can(permission) ? <Outlet /> : <Forbidden permission={permission} />;
}

function usePaletteKey(): [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setOpen((is) => !is);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return [open, setOpen];
}
