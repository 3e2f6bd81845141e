import {
  ArrowLeftOutlined,
  FullscreenExitOutlined,
  FullscreenOutlined,
  TranslationOutlined,
} from '@ant-design/icons';
import type { FuseOverview } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../lib/now.ts';
import { setPreferences, usePreferences } from '../../lib/preferences.ts';
import { useFormat } from '../../lib/use-format.ts';

type ProvinceHeadProps = { title: string; overview: FuseOverview | undefined; failed: boolean };

/** Title band: the way back, the title, how fresh the data is, language and full screen. */
export function ProvinceHead({ title, overview, failed }: ProvinceHeadProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const { locale } = usePreferences();
  return (
    <header className="wall-head">
      <div className="wall-head-side">
        <Link to="/" className="wall-button">
          <ArrowLeftOutlined aria-hidden /> {t('province.back')}
        </Link>
        <span className="wall-clock">
          {format.dateTime(now)} <span>{format.weekday(now)}</span>
        </span>
      </div>
      <h1>{title}</h1>
      <div className="wall-head-side end">
        {overview && (
          <span className={failed ? 'wall-fresh failed' : 'wall-fresh'} role="status">
            {failed ? `${t('province.stale')} · ` : ''}
            {t('province.asOf')} {format.dateTime(overview.asOf)}
          </span>
        )}
        <button
          type="button"
          className="wall-button"
          aria-label={`${t('top.language')} ${locale === 'en' ? '中文' : 'EN'}`}
          onClick={() => setPreferences({ locale: locale === 'en' ? 'zh-CN' : 'en' })}
        >
          <TranslationOutlined aria-hidden />
          <span lang={locale === 'en' ? 'zh-CN' : 'en'}>{locale === 'en' ? '中文' : 'EN'}</span>
        </button>
        <FullscreenButton />
      </div>
    </header>
  );
}

function FullscreenButton() {
  const { t } = useTranslation();
  const full = useSyncExternalStore(subscribe, () => document.fullscreenElement !== null);
  const toggle = async () => {
    try {
      if (full) await document.exitFullscreen();
      else await document.documentElement.requestFullscreen();
    } catch {
      // A browser may refuse full screen; the page works without it.
    }
  };
  return (
    <button
      type="button"
      className="wall-button"
      aria-label={full ? t('province.leaveFullscreen') : t('province.fullscreen')}
      onClick={() => void toggle()}
    >
      {full ? <FullscreenExitOutlined aria-hidden /> : <FullscreenOutlined aria-hidden />}
    </button>
  );
}

function subscribe(listener: () => void): () => void {
  document.addEventListener('fullscreenchange', listener);
  return () => document.removeEventListener('fullscreenchange', listener);
}
