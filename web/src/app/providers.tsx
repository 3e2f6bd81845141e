import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import type { i18n } from 'i18next';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { I18nextProvider } from 'react-i18next';
import { useDark, usePreferences } from '../lib/preferences.ts';
import { themeOf } from './theme.ts';

type ProvidersProps = { queryClient: QueryClient; translator: i18n; children: ReactNode };

/** Language, theme and cache for everything below; the document's own language and theme follow. */
export function Providers({ queryClient, translator, children }: ProvidersProps) {
  const { locale } = usePreferences();
  const dark = useDark();
  const shown = useRef(locale);
  const theme = useMemo(() => themeOf(dark), [dark]);
  useEffect(() => {
    document.documentElement.lang = locale;
    dayjs.locale(locale === 'en' ? 'en' : 'zh-cn');
    void translator.changeLanguage(locale);
    // The server answers errors and texts in the caller's language, so what is cached is in the other one.
    if (shown.current !== locale) void queryClient.invalidateQueries();
    shown.current = locale;
  }, [locale, translator, queryClient]);
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [dark]);
  return (
    <I18nextProvider i18n={translator}>
      <QueryClientProvider client={queryClient}>
        <ConfigProvider
          locale={locale === 'en' ? enUS : zhCN}
          theme={theme}
          button={{ autoInsertSpace: false }}
        >
          <App component={false}>{children}</App>
        </ConfigProvider>
      </QueryClientProvider>
    </I18nextProvider>
  );
}
