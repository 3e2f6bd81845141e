import {
  BankOutlined,
  DesktopOutlined,
  MenuOutlined,
  MoonOutlined,
  SearchOutlined,
  SunOutlined,
  TranslationOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { Me } from '@ronghe/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button, Dropdown, type MenuProps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PasswordDialog } from '../features/platform/password-dialog.tsx';
import { sendJson } from '../lib/api.ts';
import { setPreferences, usePreferences } from '../lib/preferences.ts';

type TopBarProps = { me: Me; onMenu: () => void; onSearch: () => void };

export function TopBar({ me, onMenu, onSearch }: TopBarProps) {
  const { t } = useTranslation();
  return (
    <header className="shell-top">
      <Button
        className="only-narrow"
        type="text"
        icon={<MenuOutlined />}
        aria-label={t('nav.open')}
        onClick={onMenu}
      />
      <div className="shell-organisation">
        <BankOutlined aria-hidden className="only-wide" />
        <span>{me.organisationName}</span>
      </div>
      <div className="shell-space" />
      <button type="button" className="search-button" onClick={onSearch}>
        <SearchOutlined aria-hidden />
        <span>{t('top.search')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <LanguageButton />
      <ThemeButton />
      <AccountButton me={me} />
    </header>
  );
}

/** Switches between the two languages; its name stands in both, for who cannot read the present one. */
export function LanguageButton() {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  return (
    <Button
      type="text"
      icon={<TranslationOutlined />}
      aria-label={`${t('top.language')} ${locale === 'en' ? '中文' : 'EN'}`}
      onClick={() => setPreferences({ locale: locale === 'en' ? 'zh-CN' : 'en' })}
    >
      <span className="only-wide" lang={locale === 'en' ? 'zh-CN' : 'en'}>
        {locale === 'en' ? '中文' : 'EN'}
      </span>
    </Button>
  );
}

function ThemeButton() {
  const { t } = useTranslation();
  const { theme, density } = usePreferences();
  const items: MenuProps['items'] = [
    { key: 'system', icon: <DesktopOutlined />, label: t('top.themeSystem') },
    { key: 'light', icon: <SunOutlined />, label: t('top.themeLight') },
    { key: 'dark', icon: <MoonOutlined />, label: t('top.themeDark') },
    { type: 'divider' },
    {
      key: 'density',
      type: 'group',
      label: t('top.density'),
      children: [
        { key: 'compact', label: t('top.compact') },
        { key: 'comfortable', label: t('top.comfortable') },
      ],
    },
  ];
  const choose: MenuProps['onClick'] = ({ key }) => {
    if (key === 'compact' || key === 'comfortable') setPreferences({ density: key });
    else if (key === 'system' || key === 'light' || key === 'dark') setPreferences({ theme: key });
  };
  return (
    <Dropdown
      trigger={['click']}
      menu={{ items, selectable: true, selectedKeys: [theme, density], onClick: choose }}
    >
      <Button
        type="text"
        icon={theme === 'dark' ? <MoonOutlined /> : <SunOutlined />}
        aria-label={t('top.theme')}
      />
    </Dropdown>
  );
}

function AccountButton({ me }: { me: Me }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [password, setPassword] = useState(false);
  const signOut = async () => {
    try {
      await sendJson('POST', '/api/auth/logout');
    } finally {
      // Even when the server cannot be told, this screen must forget what it showed.
      await navigate({ to: '/sign-in' });
      client.clear();
    }
  };
  const items: MenuProps['items'] = [
    { key: 'who', type: 'group', label: `${me.title} · ${me.name}` },
    { key: 'password', label: t('top.password') },
    { key: 'docs', label: t('top.api') },
    { type: 'divider' },
    { key: 'signOut', label: t('top.signOut') },
  ];
  const choose: MenuProps['onClick'] = ({ key }) => {
    if (key === 'password') setPassword(true);
    if (key === 'docs') window.open('/docs', '_blank', 'noopener');
    if (key === 'signOut') void signOut();
  };
  return (
    <>
      <Dropdown trigger={['click']} menu={{ items, onClick: choose }}>
        <Button type="text" icon={<UserOutlined />} aria-label={`${t('top.account')} ${me.title}`}>
          <span className="only-wide">{me.title}</span>
        </Button>
      </Dropdown>
      <PasswordDialog open={password} onClose={() => setPassword(false)} />
    </>
  );
}
