import { type ThemeConfig, theme } from 'antd';

const FONT =
  '"Inter", "Segoe UI", "PingFang SC", "Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "HarmonyOS Sans SC", system-ui, sans-serif';

/** Ant Design in the portal's colours; the same values stand as variables in styles/base.css. */
export const themeOf = (dark: boolean): ThemeConfig => ({
  algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
  token: {
    colorPrimary: dark ? '#5b94ec' : '#1a4fa3',
    colorLink: dark ? '#86b0f7' : '#1a4fa3',
    colorTextBase: dark ? '#e8eef6' : '#141d29',
    colorText: dark ? '#e8eef6' : '#141d29',
    colorTextSecondary: dark ? '#b3c0cf' : '#445264',
    colorTextTertiary: dark ? '#94a4b6' : '#5a6878',
    colorTextDescription: dark ? '#94a4b6' : '#5a6878',
    colorTextPlaceholder: dark ? '#94a4b6' : '#5a6878',
    colorBgBase: dark ? '#0d131b' : '#ffffff',
    colorBgLayout: dark ? '#0d131b' : '#f2f4f7',
    colorBgContainer: dark ? '#141c26' : '#ffffff',
    colorBgElevated: dark ? '#19232f' : '#ffffff',
    colorBorder: dark ? '#34445a' : '#cbd3dd',
    colorBorderSecondary: dark ? '#273445' : '#dde3ea',
    colorError: dark ? '#ff968d' : '#b3261e',
    colorSuccess: dark ? '#6fcf97' : '#17703f',
    colorWarning: dark ? '#e8b75a' : '#8a5700',
    // Ant Design derives pale grounds from the colours above and muddies them, so they are named.
    colorErrorBg: dark ? '#3a1a1a' : '#fbe7e5',
    colorErrorBorder: dark ? '#7a3833' : '#eab5b0',
    colorSuccessBg: dark ? '#14301f' : '#e4f3ea',
    colorSuccessBorder: dark ? '#2c6a45' : '#a9d6bb',
    colorWarningBg: dark ? '#352811' : '#fbf0d9',
    colorWarningBorder: dark ? '#7a5c22' : '#e6c98a',
    colorInfoBg: dark ? '#1b2d4a' : '#e6edf8',
    colorInfoBorder: dark ? '#2f4a75' : '#b9cdea',
    fontFamily: FONT,
    fontSize: 13,
    controlHeight: 32,
    borderRadius: 6,
    wireframe: false,
    motion: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
  },
  components: {
    Button: {
      fontWeight: 500,
      primaryShadow: 'none',
      defaultShadow: 'none',
      ...(dark ? { primaryColor: '#06101f' } : {}),
    },
    Tabs: { horizontalMargin: '0 0 16px 0' },
    Modal: { titleFontSize: 15 },
    Form: { verticalLabelPadding: '0 0 4px', labelHeight: 22, itemMarginBottom: 18 },
  },
});
